/** `npm run bench`: how fast and how large Holdfast is, beside tar, restic and borg in the same run. See README.md. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { BenchContext } from "./bench-context.ts";
import { findTools, type FoundTools } from "./find-tools.ts";
import { describeCommit, describeMachine } from "./report/machine.ts";
import { writeResults } from "./report/results-file.ts";
import type { Section } from "./report/section.ts";
import { tableOf } from "./report/table.ts";
import { measureAnswers } from "./rows/answers.ts";
import { measureDatabases } from "./rows/databases.ts";
import { measureEncryption } from "./rows/encryption.ts";
import { measureFull } from "./rows/full.ts";
import { measureListing } from "./rows/listing.ts";
import { measureMemory } from "./rows/memory.ts";
import { measureNext } from "./rows/next.ts";
import { measureOneFile } from "./rows/one-file.ts";
import { measureStores } from "./rows/stores.ts";

const ROWS = {
  full: measureFull,
  next: measureNext,
  databases: measureDatabases,
  stores: measureStores,
  listing: measureListing,
  answers: measureAnswers,
  encryption: measureEncryption,
  "one-file": measureOneFile,
  memory: measureMemory,
};
type RowName = keyof typeof ROWS;
const GIANT: readonly RowName[] = ["one-file", "memory"];

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    scale: { type: "string", default: "1" },
    work: { type: "string", default: tmpdir() },
    "giant-work": { type: "string", default: tmpdir() },
    giant: { type: "string", default: "ours" },
    write: { type: "boolean", default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(`  ${line}\n`);

const rows = chosenRows();
const scale = positive("scale");
const rounds = positive("rounds");
if (options.write && scale !== 1)
  throw new Error("--write keeps figures of the full size only: leave out --scale");

const cancel = new AbortController();
// What was made is removed also after Ctrl-C: it is gigabytes, perhaps of memory.
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.on(name, () => cancel.abort(new Error(`ended by ${name}`)));

const work = mkdtempSync(join(options.work, "holdfast-bench-"));
const giantWork = mkdtempSync(join(options["giant-work"], "holdfast-bench-"));
try {
  await measureRows(await findTools(cancel.signal));
} finally {
  for (const directory of [work, giantWork]) rmSync(directory, { recursive: true, force: true });
}

async function measureRows({ peers, versions, missing }: FoundTools): Promise<void> {
  const started = `${new Date().toISOString().slice(0, 10)}, ${describeCommit()}, best of ${rounds}`;
  const circumstances = [started, ...describeMachine({ work, giantWork }), versions.join("; ")];
  for (const line of [...circumstances, ...missing]) print(line);
  print("Whole processes, warm page cache. Only our restore syncs what it wrote: on a disk that takes time.");
  const giantPeers = options.giant === "all";
  const { signal } = cancel;
  const context: BenchContext = { work, giantWork, scale, rounds, peers, giantPeers, signal, progress };
  for (const name of rows) {
    const sections: Section[] = await ROWS[name](context);
    for (const section of sections)
      print(`\n## ${section.title}${scale === 1 ? "" : `, times ${scale}`}\n\n${tableOf(section)}`);
    if (options.write) writeResults(sections, circumstances);
  }
}

function chosenRows(): RowName[] {
  const names = Object.keys(ROWS) as RowName[];
  const asked = options.only?.split(",");
  const unknown = asked?.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: the rows are ${names.join(", ")}`);
  if (!["none", "ours", "all"].includes(options.giant)) throw new Error(`--giant is none, ours or all`);
  return names.filter((name) =>
    asked === undefined ? options.giant !== "none" || !GIANT.includes(name) : asked.includes(name),
  );
}

function positive(name: "scale" | "rounds"): number {
  const value = Number(options[name]);
  if (!(value > 0)) throw new Error(`--${name} ${options[name]}: expected a number above 0`);
  return value;
}
