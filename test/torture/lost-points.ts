/** Which points of a store are gone that its retention keeps, judged without Holdfast. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { CommitRecord } from "../../src/domain/recovery-point.ts";
import { storedState } from "./stored-state.ts";

/** By the point's folder. */
export function committedRecords(root: string): Map<string, CommitRecord> {
  const read = (folder: string): CommitRecord =>
    JSON.parse(readFileSync(join(root, folder, "recovery-point.json"), "utf8")) as CommitRecord;
  return new Map([...storedState(root).committed].map((folder) => [folder, read(folder)]));
}

/** Those of `before` that are not there any more although they are among the newest so many, or needed by one of those. */
export function lostPoints(
  before: ReadonlyMap<string, CommitRecord>,
  after: ReadonlyMap<string, CommitRecord>,
  keep: number,
): string[] {
  const all = new Map([...before, ...after]);
  const startOf = (folder: string): number => Date.parse(all.get(folder)?.startedAt ?? "");
  const newestFirst = [...all.keys()].sort((a, b) => startOf(b) - startOf(a));
  const kept = new Set<string>();
  for (const job of new Set(newestFirst.map((folder) => dirname(folder)))) {
    const ofJob = newestFirst.filter((folder) => dirname(folder) === job);
    for (const folder of ofJob.slice(0, keep)) {
      kept.add(folder);
      for (const id of all.get(folder)?.needs ?? []) kept.add(join(job, id));
    }
  }
  return [...kept].filter((folder) => !after.has(folder));
}
