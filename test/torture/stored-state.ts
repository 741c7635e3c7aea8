/** What stands in a store's directory, seen without Holdfast: so that a test does not believe what it tests. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import type { CommitRecord } from "../../src/domain/recovery-point.ts";

export interface StoredState {
  /** Every file and every empty folder, relative to the store. */
  entries: string[];
  /** Folders of recovery points by whether their commit record is there. */
  committed: Set<string>;
  uncommitted: Set<string>;
}

export function storedState(root: string): StoredState {
  const entries = entriesBelow(root, "");
  const folders = new Set(entries.flatMap((entry) => /^[^/]+\/[^./][^/]*\/[^/]+/.exec(entry)?.[0] ?? []));
  const hasRecord = (folder: string) => entries.includes(`${folder}/recovery-point.json`);
  return {
    entries,
    committed: new Set([...folders].filter(hasRecord)),
    uncommitted: new Set([...folders].filter((folder) => !hasRecord(folder))),
  };
}

function entriesBelow(root: string, folder: string): string[] {
  const children = readdirSync(join(root, folder)).map((name) => join(folder, name));
  if (children.length === 0) return folder === "" ? [] : [`${folder}/`];
  return children.flatMap((child) =>
    statSync(join(root, child)).isDirectory() ? entriesBelow(root, child) : [child],
  );
}

/** What is there and belongs to no committed point: temporary files, locks, objects without a record, empty folders. */
export function leftoversIn(root: string): string[] {
  const { entries, committed } = storedState(root);
  const ours = new Set([...committed].flatMap((folder) => filesOf(root, folder)));
  return entries.filter((entry) => !ours.has(entry));
}

/** Committed points that are neither among the newest so many nor needed by one of those: what a whole prune leaves none of. */
export function superfluousIn(root: string, keep: number): string[] {
  // Of two points of one second the names do not tell which is newer.
  const startOf = (folder: string) => Date.parse(recordOf(root, folder).startedAt);
  const folders = [...storedState(root).committed].sort((a, b) => startOf(b) - startOf(a));
  const kept = new Set(folders.slice(0, keep));
  // What is needed stays a listed point, so what that needs stays too; a point needs older ones only.
  for (const folder of folders) {
    const { needs } = recordOf(root, folder);
    if (kept.has(folder)) for (const id of needs) kept.add(join(dirname(folder), id));
  }
  return folders.filter((folder) => !kept.has(folder));
}

function filesOf(root: string, folder: string): string[] {
  const { objects } = recordOf(root, folder);
  return ["recovery-point.json", ...objects.map(({ name }) => name)].map((name) => join(folder, name));
}

function recordOf(root: string, folder: string): CommitRecord {
  return JSON.parse(readFileSync(join(root, folder, "recovery-point.json"), "utf8")) as CommitRecord;
}

export type Phase = "start" | "lock" | "clean-up" | "archive" | "commit" | "prune" | "end";

/** How far the run had come that was killed just now, judged by what it left in its stores. */
export function phaseOf(roots: readonly string[], before: readonly StoredState[], keep: number): Phase {
  const stores = roots.map((root, at) => {
    const { entries, committed, uncommitted } = storedState(root);
    const isNew = (folder: string) =>
      before[at]?.committed.has(folder) !== true && before[at]?.uncommitted.has(folder) !== true;
    return {
      entries,
      left: entries.filter((entry) => before[at]?.entries.includes(entry) !== true),
      isTorn: superfluousIn(root, keep).length > 0 || uncommitted.size > 0,
      begun: [...uncommitted].filter(isNew),
      done: [...committed].some(isNew),
    };
  });
  const left = (pattern: RegExp) => stores.some((store) => store.left.some((entry) => pattern.test(entry)));
  if (stores.every(({ done }) => done)) return stores.some(({ isTorn }) => isTorn) ? "prune" : "end";
  if (stores.some(({ done }) => done)) return "commit";
  const begun = stores.flatMap(({ begun: folders, entries }) =>
    folders.map((folder) => OBJECTS.every((name) => entries.includes(`${folder}/${name}`))),
  );
  if (begun.length > 0) return begun.every(Boolean) ? "commit" : "archive";
  if (left(/\/\.locks\/[0-9a-f]+\.json$/)) return "clean-up";
  return left(/\/\.locks\//) ? "lock" : "start";
}

const OBJECTS = ["archive.tar.zst", "files.jsonl.zst"];
