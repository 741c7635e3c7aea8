/**
 * Speed and memory of backup and restore, as ratios to `tar | zstd` over the same tree in the same run: alternating,
 * best of several. `npm run bench -- --large-mib 1024 --small-files 50000 --rounds 3 --times 10`.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { makeDataSet } from "./data-set.ts";

const { values } = parseArgs({
  options: {
    "large-mib": { type: "string", default: "1024" },
    "small-files": { type: "string", default: "50000" },
    rounds: { type: "string", default: "3" },
    /** The memory rows are repeated with this many times the files. */
    times: { type: "string", default: "10" },
  },
});

const MIB = 1024 * 1024;
const CHILD = join(import.meta.dirname, "archive-child.ts");
const smallFiles = Number(values["small-files"]);
const work = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
const at = (name: string): string => join(work, name);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  print(
    `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.version}`,
  );
  print(`${versionOf("tar")}; ${versionOf("zstd")}`);
  makeDataSet(at("data"), 1, { largeBytes: Number(values["large-mib"]) * MIB, smallFiles });
  measureSpeed();
  measureMemory();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function measureSpeed(): void {
  const best = {
    backup: Infinity,
    tarCreate: Infinity,
    restore: Infinity,
    tarExtract: Infinity,
    oneFile: Infinity,
  };
  const time = (row: keyof typeof best, action: () => number): void => {
    best[row] = Math.min(best[row], action());
  };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    time("tarCreate", () => shell(`tar -c -C ${at("data")} . | zstd -q -T0 -3 > ${at("tar.zst")}`));
    time("backup", () => ours("backup", at("data"), at("point")).seconds);
    time("tarExtract", () =>
      intoFresh((to) => shell(`mkdir ${to} && zstd -q -dc ${at("tar.zst")} | tar -x -C ${to}`)),
    );
    time("restore", () => intoFresh((to) => ours("restore", at("point"), to).seconds));
    time("oneFile", () =>
      intoFresh((to) => ours("restore", at("point"), to, "small/d0/file-7.json").seconds),
    );
  }
  row("backup / (tar | zstd -T0 -3)", best.backup, best.tarCreate, 1.2);
  row("restore / (zstd -dc | tar -x)", best.restore, best.tarExtract, 1.3);
  row("one file / full restore", best.oneFile, best.restore, 0.05);
}

function measureMemory(): void {
  reportMemory("1x files");
  const times = Number(values.times);
  if (times < 2) return;
  for (let copy = 1; copy < times; copy += 1)
    cpSync(at("data/small"), at(`data/small-${copy}`), { recursive: true });
  reportMemory(`${times}x files`);
}

function reportMemory(label: string): void {
  const backup = ours("backup", at("data"), at("point")).peakKiB;
  const restore = intoFresh((to) => ours("restore", at("point"), to).peakKiB);
  for (const [name, peak] of Object.entries({ backup, restore })) {
    print(`peak RSS of ${name}, ${label}: ${(peak / 1024).toFixed(0)} MiB (at most 200)`);
  }
}

function row(name: string, seconds: number, against: number, limit: number): void {
  const ratio = seconds / against;
  const times = `${seconds.toFixed(2)} s / ${against.toFixed(2)} s`;
  print(`${name}: ${ratio.toFixed(3)} (${times}), target ${limit}: ${ratio <= limit ? "reached" : "MISSED"}`);
}

function ours(...parameters: string[]): { seconds: number; peakKiB: number } {
  const startedAt = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHILD, ...parameters], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return { seconds: since(startedAt), ...(JSON.parse(stdout) as { peakKiB: number }) };
}

function shell(command: string): number {
  const startedAt = process.hrtime.bigint();
  const { status, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return since(startedAt);
}

function intoFresh<T>(action: (target: string) => T): T {
  const result = action(at("restored"));
  rmSync(at("restored"), { recursive: true, force: true });
  return result;
}

function since(startedAt: bigint): number {
  return Number(process.hrtime.bigint() - startedAt) / 1e9;
}

function versionOf(tool: string): string {
  return spawnSync(tool, ["--version"], { encoding: "utf8" }).stdout.split("\n")[0] ?? tool;
}
