/** What the figures were measured on, without naming the machine. */
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

/** The commit that was measured, and whether the work tree had more than it. */
export function describeCommit(): string {
  const args = ["-C", import.meta.dirname, "describe", "--always", "--dirty"];
  return `commit ${spawnSync("git", args, { encoding: "utf8" }).stdout.trim() || "unknown"}`;
}

export function describeMachine(places: { work: string; giantWork: string }): string[] {
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  return [
    `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${memory}, Linux ${release()}`,
    `work on ${fileSystemOf(places.work)}, giant rows on ${fileSystemOf(places.giantWork)}; load average at the start ${loadavg()[0]?.toFixed(1)}`,
  ];
}

function fileSystemOf(directory: string): string {
  return spawnSync("stat", ["-f", "-c", "%T", directory], { encoding: "utf8" }).stdout.trim();
}
