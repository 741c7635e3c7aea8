/** A source with something of every kind in it, and edits that make it another one, by chance from a seed. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const DIRECTORIES = 5;
const FILES_EACH = 40;
/** Two slabs and a bit. */
const BIG_BYTES = 9 * 1024 ** 2;

export type Random = () => number;

export function makeSource(root: string, random: Random): void {
  for (let at = 0; at < DIRECTORIES * FILES_EACH; at++) write(root, fileAt(at), `content ${at}\n`);
  write(root, "big", bytes(BIG_BYTES, random));
  linkSync(join(root, fileAt(0)), join(root, "dir-0/linked"));
  symlinkSync("../big", join(root, "dir-1/link"));
  mkdirSync(join(root, "empty"), { mode: 0o750 });
}

/** Some of everything that can happen to files between two points. */
export function editSource(root: string, random: Random): void {
  for (let edits = 1 + upTo(6, random); edits > 0; edits--) {
    const file = fileAt(upTo(DIRECTORIES * FILES_EACH, random));
    const edit = EDITS[upTo(EDITS.length, random)];
    edit?.(root, file, random);
  }
}

type Edit = (root: string, file: string, random: Random) => void;

const EDITS: readonly Edit[] = [
  (root, file, random) => write(root, file, bytes(1000, random)),
  // Of the same size: only a digest tells.
  (root, file, random) => write(root, file, `CONTENT ${upTo(900, random)}\n`),
  (root, file) => rmSync(join(root, file), { force: true }),
  (root, file) => ifThere(root, file, (path) => chmodSync(path, 0o600)),
  (root, file, random) => ifThere(root, file, (path) => utimesSync(path, 1e9, 1e9 + upTo(1e6, random))),
  (root, file, random) =>
    ifThere(root, file, (path) => renameSync(path, join(root, `moved-${upTo(9, random)}`))),
  (root, _, random) => write(root, `new-${upTo(5, random)}/deep/file`, bytes(100, random)),
  (root, _, random) => write(root, "big", bytes(BIG_BYTES, random)),
  (root, _, random) => rmSync(join(root, `new-${upTo(5, random)}`), { recursive: true, force: true }),
  (root, _, random) =>
    rmSync(join(root, `dir-${2 + upTo(DIRECTORIES - 2, random)}`), { recursive: true, force: true }),
];

export function upTo(count: number, random: Random): number {
  return Math.floor(random() * count);
}

function fileAt(at: number): string {
  return `dir-${at % DIRECTORIES}/file-${at}`;
}

function ifThere(root: string, file: string, act: (path: string) => void): void {
  if (existsSync(join(root, file))) act(join(root, file));
}

function write(root: string, name: string, content: string | Buffer): void {
  const path = join(root, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
}

function bytes(count: number, random: Random): Buffer {
  const part = Buffer.from(Float64Array.from({ length: 16 }, random).buffer);
  return Buffer.alloc(count, part);
}
