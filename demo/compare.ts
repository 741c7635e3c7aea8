/** Compares a restored tree with what the point's index says of it, entry by entry. */
import { createHash } from "node:crypto";
import { createReadStream, type BigIntStats } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** An entry as `holdfast ls -r --json` prints it. */
export interface IndexedEntry {
  path: string;
  type: "file" | "directory" | "symlink" | "hardlink";
  size: number;
  mode: number;
  /** Seconds with nine decimals. */
  mtime: string;
  target?: string;
  sha256?: string;
}

/** What differs, one sentence each; empty when the tree is what the index says, with nothing more in it. */
export async function differences(root: string, entries: readonly IndexedEntry[]): Promise<string[]> {
  const expected = new Set(entries.map(({ path }) => path));
  const present = [".", ...(await readdir(root, { recursive: true }))];
  const surplus = present.filter((path) => !expected.has(path)).map((path) => `${path} is not in the index`);
  const compared = await Promise.all(entries.map((entry) => compare(root, entry)));
  return [...surplus, ...compared.flat()];
}

async function compare(root: string, entry: IndexedEntry): Promise<string[]> {
  const path = join(root, entry.path);
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  if (stats === undefined) return [`${entry.path} is missing`];
  const type = entry.type === "hardlink" ? "file" : entry.type;
  if (typeOf(stats) !== type) return [`${entry.path}: type is ${typeOf(stats)}, not ${type}`];
  const facts: Facts = [
    ["mtime", entry.mtime, timestamp(stats.mtimeNs)],
    ...(entry.type === "symlink" ? await symlinkFacts(path, entry) : modeFacts(stats, entry)),
    ...(entry.sha256 === undefined ? [] : await contentFacts(path, stats, entry)),
    ...(entry.type === "hardlink" ? await hardlinkFacts(root, stats, entry) : []),
  ];
  return facts
    .filter(([, expected, actual]) => expected !== actual)
    .map(
      ([name, expected, actual]) => `${entry.path}: ${name} is ${String(actual)}, not ${String(expected)}`,
    );
}

type Facts = [name: string, expected: unknown, actual: unknown][];

function modeFacts({ mode }: BigIntStats, entry: IndexedEntry): Facts {
  return [["mode", entry.mode.toString(8), (mode & 0o7777n).toString(8)]];
}

async function symlinkFacts(path: string, { target }: IndexedEntry): Promise<Facts> {
  return [["target", target, await readlink(path)]];
}

async function contentFacts(path: string, { size }: BigIntStats, entry: IndexedEntry): Promise<Facts> {
  return [
    ["size", entry.size, Number(size)],
    ["sha256", entry.sha256, await sha256(path)],
  ];
}

/** Two names of one file, not two files. */
async function hardlinkFacts(
  root: string,
  { ino }: BigIntStats,
  { target = "" }: IndexedEntry,
): Promise<Facts> {
  return [["inode", (await lstat(join(root, target), { bigint: true })).ino, ino]];
}

function typeOf(stats: BigIntStats): string {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : "other";
}

function timestamp(nanoseconds: bigint): string {
  const digits = nanoseconds.toString().padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

export async function sha256(path: string, bytes = Infinity): Promise<string> {
  const hash = createHash("sha256");
  if (bytes > 0) await pipeline(createReadStream(path, { end: bytes - 1 }), hash);
  return hash.digest("hex");
}
