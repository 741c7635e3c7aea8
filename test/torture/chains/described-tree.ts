/** All of a tree that a restore has to bring back, so that two can be compared, whole or in part. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync, type BigIntStats } from "node:fs";

import { isWithin, parentOf, ROOT_PATH } from "../../../src/archive/byte-path.ts";
import { loadXattrCalls } from "../../../src/archive/xattrs/xattr-calls.ts";
import { listTree, pathIn } from "./list-tree.ts";

const xattrs = loadXattrCalls();

interface Described {
  facts: string;
  /** Of a file: those that have the same one are names of one file. */
  inode: string | undefined;
}

export type DescribedTree = ReadonlyMap<string, Described>;

/** By byte path; the root is `.`. */
export function describeWhole(root: string): DescribedTree {
  const described = new Map([[ROOT_PATH, describe(root, "")]]);
  for (const path of listTree(root).entries) described.set(path, describe(root, path));
  return described;
}

/** One line an entry: those below the byte paths and the directories above them; all without. Names of one file are told by the first. */
export function linesOf(tree: DescribedTree, paths: readonly string[] = [ROOT_PATH]): string[] {
  const firstNames = new Map<string, string>();
  const isWanted = (path: string): boolean =>
    paths.some((wanted) => isWithin(path, wanted) || isAbove(path, wanted));
  return [...tree]
    .filter(([path]) => isWanted(path))
    .map(([path, { facts, inode }]) => {
      if (inode !== undefined && !firstNames.has(inode)) firstNames.set(inode, path);
      return `${JSON.stringify(path)} ${facts} ${inode === undefined ? "" : `file ${JSON.stringify(firstNames.get(inode))}`}`;
    });
}

function isAbove(directory: string, path: string): boolean {
  for (let at = path; at !== ROOT_PATH; at = parentOf(at)) if (at === directory) return true;
  return directory === ROOT_PATH;
}

function describe(root: string, path: string): Described {
  const at = pathIn(root, path);
  const stats = lstatSync(at, { bigint: true });
  const { mode, uid, gid, mtimeNs } = stats;
  const attributes = xattrsOf(at.toString("latin1"));
  const facts = [mode.toString(8), uid, gid, mtimeNs, contentOf(at, stats), ...attributes];
  return { facts: facts.join(" "), inode: stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined };
}

function xattrsOf(path: string): string[] {
  const names = xattrs?.list(path) ?? [];
  return names.sort().map((name) => `${name}=${xattrs?.get(path, name).toString("hex")}`);
}

function contentOf(at: Buffer, stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return JSON.stringify(readlinkSync(at, "latin1"));
  if (!stats.isFile()) return "";
  return `${stats.size} ${createHash("sha256").update(readFileSync(at)).digest("hex").slice(0, 16)}`;
}
