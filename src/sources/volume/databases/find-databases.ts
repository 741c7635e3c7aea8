/** Walks a directory for the databases in it, reading nothing else: for whoever wants all of them at one moment. */
import fs, { type BigIntStats } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

import { toFsPath } from "../../../archive/byte-path.ts";
import { startThread } from "../../../archive/start-thread.ts";
import { cancellation } from "../../../domain/errors.ts";
import { createSelection, type Selection } from "../../selection.ts";
import { isOlder, type AgeLimit } from "../age-limit.ts";
import { listNames, OPEN_FLAGS } from "../tree-fs.ts";
import type { FoundDatabase } from "./database-fate.ts";
import { kindOfFile, mayBeDatabase } from "./database-kind.ts";

export interface SearchedTree {
  /** Byte string, absolute. */
  root: string;
  include: readonly string[] | undefined;
  exclude: readonly string[] | undefined;
  oneFileSystem: boolean;
  ageLimit: AgeLimit | undefined;
}

/** In a thread of its own. What cannot be read is passed over: the walk that packs tells of it. */
export async function findDatabases(tree: SearchedTree, signal: AbortSignal): Promise<FoundDatabase[]> {
  const worker = startThread(new URL("./find-databases.ts", import.meta.url), tree);
  const { promise, resolve, reject } = Promise.withResolvers<FoundDatabase[]>();
  const onAbort = (): void => reject(cancellation(signal, "Looking for databases"));
  signal.addEventListener("abort", onAbort, { once: true });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the thread that looks for databases ended early")));
  try {
    signal.throwIfAborted();
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await worker.terminate();
  }
}

export function run(): void {
  const { root, include, exclude, oneFileSystem, ageLimit } = workerData as SearchedTree;
  const found: FoundDatabase[] = [];
  const dev = oneFileSystem ? fs.statSync(toFsPath(root), { bigint: true }).dev : undefined;
  search(
    { root, found, dev, ageLimit, selection: createSelection({ include, exclude }) },
    { path: "", included: false },
  );
  parentPort?.postMessage(found);
}

interface Search {
  root: string;
  selection: Selection;
  found: FoundDatabase[];
  /** Of the file system that is not left. */
  dev: bigint | undefined;
  ageLimit: AgeLimit | undefined;
}

function search(of: Search, directory: { path: string; included: boolean }): void {
  const { root, selection, dev } = of;
  for (const name of namesIn(of, directory.path)) {
    const path = directory.path === "" ? name : `${directory.path}/${name}`;
    const stats = unlessUnreadable(() => fs.lstatSync(toFsPath(`${root}/${path}`), { bigint: true }));
    if (stats === undefined) continue;
    const isDirectory = stats.isDirectory();
    if (selection.excludes(path, isDirectory)) continue;
    const included = directory.included || selection.includes(path, isDirectory);
    if (isDirectory && (dev === undefined || dev === stats.dev)) search(of, { path, included });
    else if (included && stats.isFile() && mayBeDatabase(stats))
      unlessUnreadable(() => look(of, path, stats));
  }
}

function look({ root, found, ageLimit }: Search, path: string, listed: BigIntStats): void {
  const pathOf = (suffix: string) => toFsPath(`${root}/${path}${suffix}`);
  if (ageLimit !== undefined && isOlder(ageLimit, listed, { fs, pathOf })) return;
  const fd = fs.openSync(toFsPath(`${root}/${path}`), OPEN_FLAGS);
  try {
    const stats = fs.fstatSync(fd, { bigint: true });
    const kind = stats.isFile() ? kindOfFile(fs, { fd, stats }) : undefined;
    if (kind !== undefined) found.push({ path, kind });
  } finally {
    fs.closeSync(fd);
  }
}

function namesIn({ root }: Search, path: string): string[] {
  return unlessUnreadable(() => listNames(fs, path === "" ? root : `${root}/${path}`)) ?? [];
}

function unlessUnreadable<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
