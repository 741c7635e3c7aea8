/** `holdfast recover --from ADDRESS --to DIRECTORY`: on a bare machine, what the stack is made of; its data comes back by its own sidecar. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { locatePoint, type PointCopy } from "../app/locate-point.ts";
import { readDescription } from "../app/recover/read-description.ts";
import { findEntry } from "../archive/find-entries.ts";
import { readFileContent } from "../archive/read-content.ts";
import type { Stack } from "../daemon/compose.ts";
import { DESCRIPTION } from "../daemon/describe-stack.ts";
import { CONFIG_JOB } from "../domain/config-job.ts";
import { hasCode, HoldfastError } from "../domain/errors.ts";
import { parseIsoTime } from "../domain/iso-time.ts";
import type { LeftOut, StackDescription } from "../domain/stack-facts.ts";
import { composeOptions, layoutOf } from "../domain/stack-layout.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { withStores } from "./open-stack.ts";
import { archiveOf, indexOf } from "./point-argument.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

export interface FromOptions {
  to?: string;
  at?: string;
}

export function recoverFrom(context: VerbContext, { to, at }: FromOptions): Promise<ExitCode> {
  if (to === undefined || to.trim() === "") throw noDirectory();
  const directory = resolve(to);
  return withStores(context, async (stack) => {
    const copy = await newestConfig(context, stack, at);
    const description = readDescription(await textOf(context, stack, copy, DESCRIPTION));
    const written: string[] = [];
    for (const { copy: name, to: place } of layoutOf(description)) {
      const path = join(directory, place);
      written.push(await put(path, await textOf(context, stack, copy, name)));
    }
    await show(context, { description, copy, written });
    return EXIT.done;
  });
}

async function newestConfig(
  { terminal, signal }: VerbContext,
  { context: { catalog, stack: name }, stores, config }: Stack,
  at: string | undefined,
): Promise<PointCopy> {
  const choice = at === undefined ? ({ newest: true } as const) : { at: parseIsoTime(at, config.timezone) };
  try {
    const located = await locatePoint({
      ...{ catalog, stores, choice, signal },
      stack: name,
      job: CONFIG_JOB,
    });
    for (const warning of located.warnings) warnLine(terminal, warning);
    return located.copies[0];
  } catch (error) {
    if (!hasCode(error, "not-found")) throw error;
    throw new HoldfastError("not-found", {
      what: `Finding what stack ${name} is made of`,
      why: `there is no point of job ${CONFIG_JOB}${at === undefined ? "" : " so old"} at that address`,
      next: "see with `holdfast list --from` whether it is that of the stack; else write its Compose file and config anew, and run `holdfast recover` in its sidecar",
      cause: error,
    });
  }
}

/** They are small: whatever a point says, no more than this is read. */
const LARGEST = 4 * 1024 * 1024;

async function textOf({ signal }: VerbContext, stack: Stack, copy: PointCopy, path: string): Promise<string> {
  const entry = await findEntry(indexOf(stack, copy), path, { signal });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readFileContent({ entry, archive: archiveOf(stack, copy), signal })) {
    size += chunk.byteLength;
    if (size > LARGEST)
      throw new HoldfastError("damaged", { what: `Reading ${path}`, why: `it is larger than any config` });
    chunks.push(chunk.slice());
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What is there already is somebody's: another content of it goes beside it. Gives where it is. */
async function put(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const there = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (there === text) return path;
  const place = there === undefined ? path : `${path}.from-backup`;
  await writeFile(place, text, { mode: 0o600 });
  return place;
}

interface Shown {
  description: StackDescription;
  copy: PointCopy;
  written: readonly string[];
}

async function show({ terminal, json }: VerbContext, shown: Shown): Promise<void> {
  const { description, copy, written } = shown;
  const commands = commandsOf(shown);
  if (json) {
    const { composeFiles } = description;
    const secrets = stillMissing(description);
    const missing = composeFiles.flatMap(({ path, copy: name }) => (name === undefined ? path : []));
    await printJson(terminal, { point: copy.point.id, written, missing, secrets, commands });
    return;
  }
  const beside = written.filter((path) => path.endsWith(".from-backup"));
  const lines = [
    `What stack ${description.stack} is made of, as of ${formatInstant(copy.point.startedAt)} (point ${copy.point.id}):`,
    ...written.map((path) => `  ${path}`),
    ...beside.map((path) => `  (another file was there: compare it with ${path})`),
    ...description.composeFiles.flatMap(({ path, copy: name }) =>
      name === undefined ? [`  MISSING: ${path} was in no backup: put it there yourself.`] : [],
    ),
    "",
    ...secretLines(stillMissing(description)),
    "Then, on the host, in that directory:",
    "",
    ...commands.map((command) => `  ${command}`),
    "",
    "None of the data is back yet: the last of these commands restores it.",
  ];
  await printLine(terminal, lines.join("\n"));
}

/** A directory that this has just written into holds what was wanted of it, as far as anybody knows. */
function stillMissing(description: StackDescription): LeftOut[] {
  const laid = layoutOf(description).map(({ to }) => to);
  const isThere = (name: string): boolean => {
    const path = name.replace(/^\.\//, "").replace(/\/$/, "");
    return laid.some((to) => to === path || to.startsWith(`${path}/`));
  };
  return description.secrets.filter(({ kind, name }) => kind === "variable" || !isThere(name));
}

function secretLines(secrets: readonly LeftOut[]): string[] {
  const of = (kind: LeftOut["kind"], title: string): string[] => {
    const its = secrets.filter((secret) => secret.kind === kind);
    return its.length === 0 ? [] : [title, ...its.map(({ name, for: user }) => `  ${name}   (${user})`), ""];
  };
  return [
    ...of(
      "variable",
      "Set these variables, which are in no backup: those of Compose files in .env in that directory, those of holdfast.yml in that file, in place of the variable:",
    ),
    ...of("file", "Put back these files; they are in no backup:"),
  ];
}

/** The identity is nowhere in a stack that only encrypts. */
function commandsOf({ description, copy }: Shown): string[] {
  const options = composeOptions(description);
  const service = description.service ?? "SERVICE";
  const isEncrypted = copy.point.record.encryption !== null;
  const recover = isEncrypted
    ? `run --rm --volume IDENTITY:/identity:ro ${service} recover --identity /identity`
    : `run --rm ${service} recover`;
  return [`docker compose ${options} up --no-start`, `docker compose ${options} ${recover}`];
}

function noDirectory(): HoldfastError {
  return new HoldfastError("usage", {
    what: "Recovering from an address",
    why: "nothing says where the stack's Compose file and config are to be put",
    next: "name a directory with --to, mounted from the host",
  });
}
