/** The trees that the rows back up; the same seed makes the same tree. */
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Content, KINDS, type Kind } from "./content.ts";
import { below, longTailed, seededRandom } from "./random.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const LARGE_FILE = 16 * MIB;
const FILES_A_DIRECTORY = 200;

/** By bytes: a third of the large files are parquet, a third databases and programs, a third text. */
const LARGE_KINDS: readonly Kind[] = ["parquet", "db", "jsonl", "parquet", "bin", "csv"];

export interface SmallFiles {
  count: number;
  /** Bytes; the mean is three times as much. */
  median: number;
}

export function makeLargeFiles(root: string, bytes: number, seed: number): void {
  const content = new Content(seed);
  mkdirSync(join(root, "large"), { recursive: true });
  for (let i = 0, left = bytes; left > 0; i += 1) {
    const kind = LARGE_KINDS[i % LARGE_KINDS.length] ?? "bin";
    const file = openSync(join(root, "large", `part-${i}.${kind}`), "w");
    const end = Math.max(0, left - LARGE_FILE);
    for (; left > end; left -= Math.min(MIB, left - end))
      writeFully(file, content.take(kind, Math.min(MIB, left - end)));
    closeSync(file);
  }
}

export function makeSmallFiles(root: string, { count, median }: SmallFiles, seed: number): void {
  const content = new Content(seed);
  const random = seededRandom(seed);
  for (let i = 0; i < count; i += 1) {
    const path = join(root, smallFile(i));
    if (i % FILES_A_DIRECTORY === 0) mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content.take(kindOf(i), longTailed(random, { median, most: 512 * KIB })));
  }
}

/** Rewrites this share of the small files, chosen at random, with other content. Another seed chooses others. */
export function changeSmallFiles(
  root: string,
  { count, median }: SmallFiles,
  share: number,
  seed: number,
): void {
  const content = new Content(seed);
  const random = seededRandom(seed);
  for (const i of someBelow(count, Math.ceil(count * share), random))
    writeFileSync(
      join(root, smallFile(i)),
      content.take(kindOf(i), longTailed(random, { median, most: 512 * KIB })),
    );
}

/** Files with a mebibyte of data in every sixteen, and holes between. */
export function makeSparseFiles(root: string, bytes: number, seed: number): void {
  const content = new Content(seed);
  mkdirSync(join(root, "sparse"), { recursive: true });
  for (let i = 0, left = bytes; left > 0; i += 1, left -= 2 * GIB) {
    const size = Math.min(2 * GIB, left);
    const file = openSync(join(root, "sparse", `image-${i}.raw`), "w");
    ftruncateSync(file, size);
    for (let at = 0; at + MIB <= size; at += 16 * MIB) writeFully(file, content.take("db", MIB), at);
    closeSync(file);
  }
}

export const ONE_FILE = "one/report.csv";
export const ONE_FILE_BYTES = 1e6;

export function makeOneFile(root: string, seed: number): void {
  mkdirSync(join(root, "one"), { recursive: true });
  writeFileSync(join(root, ONE_FILE), new Content(seed).take("csv", ONE_FILE_BYTES));
}

export interface TreeSize {
  files: number;
  bytes: number;
}

export function sizeOfTree(root: string): TreeSize {
  const size = { files: 0, bytes: 0 };
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    size.files += 1;
    size.bytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return size;
}

function smallFile(i: number): string {
  return `small/d${Math.floor(i / FILES_A_DIRECTORY)}/file-${i}.${kindOf(i)}`;
}

function kindOf(i: number): Kind {
  return KINDS[i % KINDS.length] ?? "txt";
}

function someBelow(limit: number, count: number, random: () => number): Set<number> {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(below(random, limit));
  return chosen;
}

function writeFully(file: number, bytes: Buffer, position?: number): void {
  for (let written = 0; written < bytes.length;)
    written += writeSync(
      file,
      bytes,
      written,
      bytes.length - written,
      position === undefined ? null : position + written,
    );
}
