/**
 * What programs do to a tree, each as three numbers, so that any list of edits can be carried out on any tree and every part of
 * it may be left out. All paths are byte strings. An edit that makes no sense where it lands does nothing.
 */
import * as fs from "node:fs";

import { loadCLibrary } from "../../../src/archive/c-library.ts";
import { createTimeSetter } from "../../../src/archive/restore/set-times.ts";
import { loadXattrCalls, XattrError } from "../../../src/archive/xattrs/xattr-calls.ts";
import { listTree, pathIn, type ListedTree } from "./list-tree.ts";

/** A file in the root that no edit touches: a volume that lost all of its files is refused as a lost mount. */
export const ANCHOR = "anchor";

export interface Edit {
  kind: EditKind;
  /** Picks the entry. */
  which: number;
  /** Picks another entry or a name. */
  other: number;
  /** Picks content, size, times. */
  how: number;
}

/** Where names sort near one another, are no UTF-8, no text at all, or mean something to a glob, a tool or a shell. */
const NAMES = [
  ...[
    "a",
    "b",
    "a-b",
    "a.b",
    "a b",
    "A",
    "ab",
    "-rf",
    "...",
    " ",
    "~",
    "*",
    "[a]",
    "%",
    "\\",
    '"',
    "\n",
    "\x01",
  ],
  ...[
    "\xc3\xa4",
    "a\xcc\x88",
    "\xe4",
    "\xff\xfe",
    "a\xff",
    "x".repeat(255),
    ".hidden",
    "recovery-point.json",
  ],
];
const SIZES = [0, 1, 100, 511, 512, 513, 4096, 5000, 20_000, 140_000];
const SECOND = 1_000_000_000n;
const TIMES = [0n, 1n, -1n, -SECOND - 1n, 1_000_000_000n * SECOND + 123_456_789n, 1_763_000_000n * SECOND];
const LATER = 5_000_000_000n * SECOND + 1n;
const MODES = [0o644, 0o600, 0o755, 0o000, 0o4755, 0o2711, 0o1777, 0o444];
const OWNERS = [0, 1000, 65_534, 3_000_000];
const ATTRIBUTES = ["user.a", "user.\xc3\xa4", "trusted.b", "user.long"];
const MAX_DEPTH = 5;

const times = createTimeSetter();
const xattrs = loadXattrCalls();
const library = loadCLibrary();
const mkfifo = library?.call<(path: Buffer, mode: number) => number>("int mkfifo(const void *, uint32_t)");
const fallocate = library?.call<(fd: number, mode: number, offset: bigint, length: bigint) => number>(
  "int fallocate(int, int, int64_t, int64_t)",
);
const isRoot = process.geteuid?.() === 0;
/** FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */
const PUNCH = 3;

/** The tree's absolute path, what is in it, and the edit. */
interface Scene extends Edit {
  root: string;
  tree: ListedTree;
  file: string | undefined;
  entry: string | undefined;
  directory: string;
}

const EDITS = {
  create: (scene) => withNewPath(scene, (path) => write(scene, path, contentOf(scene.how))),
  makeDirectory: (scene) => withNewPath(scene, (path) => fs.mkdirSync(pathIn(scene.root, path))),
  makeSymlink: (scene) =>
    withNewPath(scene, (path) => {
      const target = ["nowhere", "/etc/passwd", "..", scene.entry ?? "a", "\xff"][scene.how % 5] ?? "";
      fs.symlinkSync(Buffer.from(target, "latin1"), pathIn(scene.root, path));
    }),
  makeFifo: (scene) =>
    withNewPath(scene, (path) => void mkfifo?.(Buffer.from(`${scene.root}/${path}\0`, "latin1"), 0o644)),
  hardlink: (scene) =>
    withNewPath(scene, (path) => {
      if (scene.file !== undefined) fs.linkSync(pathIn(scene.root, scene.file), pathIn(scene.root, path));
    }),
  remove: ({ root, entry }) => {
    if (entry !== undefined) fs.rmSync(pathIn(root, entry), { recursive: true, force: true });
  },
  overwrite: (scene) => onFile(scene, (path) => write(scene, path, contentOf(scene.how))),
  overwriteKeepingSizeAndTime: (scene) => onFile(scene, (path) => changeByte(scene, path, "keep")),
  overwriteKeepingSize: (scene) => onFile(scene, (path) => changeByte(scene, path, "new")),
  /** Other content, size and mtime as before, and perhaps the same inode number. */
  replaceAlike: (scene) =>
    onFile(scene, (path) => {
      const before = statOf(scene.root, path);
      const content = fs.readFileSync(pathIn(scene.root, path)).map((byte) => byte ^ (scene.how % 255));
      fs.unlinkSync(pathIn(scene.root, path));
      write(scene, path, Buffer.from(content));
      times.ofPath(`${scene.root}/${path}`, before.mtimeNs);
    }),
  /** As `cp -p` over a new name and `mv` to the old. */
  replaceByCopy: (scene) =>
    onFile(scene, (path) => {
      const from = scene.tree.files[scene.other % scene.tree.files.length] ?? path;
      const copy = `${path.slice(0, 200)}~copy`;
      fs.copyFileSync(pathIn(scene.root, from), pathIn(scene.root, copy));
      times.ofPath(`${scene.root}/${copy}`, statOf(scene.root, from).mtimeNs);
      fs.renameSync(pathIn(scene.root, copy), pathIn(scene.root, path));
    }),
  truncate: (scene) =>
    onFile(scene, (path) => {
      const { size } = statOf(scene.root, path);
      fs.truncateSync(pathIn(scene.root, path), Number(size) >> (1 + (scene.how % 3)));
    }),
  extend: (scene) =>
    onFile(scene, (path) => {
      const { size } = statOf(scene.root, path);
      fs.truncateSync(pathIn(scene.root, path), Math.min(Number(size) * 2 + 20_000, 150_000));
    }),
  append: (scene) =>
    onFile(scene, (path) => fs.appendFileSync(pathIn(scene.root, path), contentOf(scene.how % 40))),
  punchHole: (scene) =>
    onFile(scene, (path) => {
      const fd = fs.openSync(pathIn(scene.root, path), "r+");
      fallocate?.(fd, PUNCH, BigInt((scene.how % 5) * 4096), BigInt(1 + (scene.other % 5) * 30_000));
      fs.closeSync(fd);
    }),
  rename: (scene) =>
    withNewPath(scene, (path) => {
      if (scene.entry !== undefined) fs.renameSync(pathIn(scene.root, scene.entry), pathIn(scene.root, path));
    }),
  renameOver: ({ root, tree, file, other }) => {
    const to = tree.files[other % tree.files.length];
    if (file !== undefined && to !== undefined) fs.renameSync(pathIn(root, file), pathIn(root, to));
  },
  swap: ({ root, tree, entry, other }) => {
    const second = tree.entries[other % tree.entries.length];
    if (entry === undefined || second === undefined) return;
    const aside = pathIn(root, "swapped aside");
    fs.renameSync(pathIn(root, entry), aside);
    try {
      fs.renameSync(pathIn(root, second), pathIn(root, entry));
      fs.renameSync(aside, pathIn(root, second));
    } catch (error) {
      // One of them was in the other: back to where it was.
      fs.renameSync(aside, pathIn(root, entry));
      throw error;
    }
  },
  becomeDirectory: (scene) =>
    replace(scene, (path) => {
      fs.mkdirSync(pathIn(scene.root, path));
      write(scene, `${path}/a`, contentOf(scene.how));
    }),
  becomeSymlink: (scene) => replace(scene, (path) => fs.symlinkSync("a", pathIn(scene.root, path))),
  becomeFile: (scene) => replace(scene, (path) => write(scene, path, contentOf(scene.how))),
  chmod: ({ root, entry, how, tree }) => {
    if (entry === undefined || tree.symlinks.has(entry)) return;
    const mode = MODES[how % MODES.length] ?? 0o644;
    fs.chmodSync(pathIn(root, entry), isRoot ? mode : 0o700 | (mode & 0o777));
  },
  chown: ({ root, entry, how, other }) => {
    if (entry === undefined || !isRoot) return;
    const owner = (n: number): number => OWNERS[n % OWNERS.length] ?? 0;
    fs.lchownSync(pathIn(root, entry), owner(how), owner(other));
  },
  setTime: ({ root, entry, how }) => {
    const time = TIMES[how % (TIMES.length + 1)] ?? LATER;
    if (entry !== undefined) times.ofPath(`${root}/${entry}`, time + BigInt(how) * 1001n);
  },
  setAttribute: ({ root, entry, other, how }) => {
    const name = ATTRIBUTES[other % ATTRIBUTES.length] ?? "";
    const value = Buffer.alloc(name === "user.long" ? 1000 : how % 7, how);
    if (entry !== undefined) xattrs?.set(`${root}/${entry}`, name, value);
  },
  removeAttribute: ({ root, entry, other }) => {
    if (entry !== undefined) xattrs?.remove(`${root}/${entry}`, ATTRIBUTES[other % ATTRIBUTES.length] ?? "");
  },
} satisfies Record<string, (scene: Scene) => void>;

export type EditKind = keyof typeof EDITS;
export const EDIT_KINDS = Object.keys(EDITS) as EditKind[];

/** `root` is absolute. */
export function applyEdit(root: string, edit: Edit): void {
  const tree = listTree(root, [ANCHOR]);
  const pick = (list: string[]): string | undefined => list[edit.which % list.length];
  const directories = ["", ...tree.directories];
  const directory = directories[edit.other % directories.length] ?? "";
  try {
    EDITS[edit.kind]({ ...edit, root, tree, directory, file: pick(tree.files), entry: pick(tree.entries) });
  } catch (error) {
    if (!isNoSense(error)) throw error;
  }
}

/** How the system says that such an edit cannot be made there. */
const NO_SENSE: ReadonlySet<unknown> = new Set([
  ...["ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "ENOTEMPTY", "EINVAL", "ENAMETOOLONG", "EMLINK"],
  ...["EPERM", "EACCES", "ENODATA", "ENOTSUP", "ENOSPC", "ELOOP", "ENXIO"],
]);

function isNoSense(error: unknown): boolean {
  return (
    error instanceof XattrError || (error instanceof Error && "code" in error && NO_SENSE.has(error.code))
  );
}

function withNewPath({ directory, which, how }: Scene, make: (path: string) => void): void {
  const name = NAMES[(which * 7 + how) % NAMES.length] ?? "a";
  const path = directory === "" ? name : `${directory}/${name}`;
  if (path.split("/").length <= MAX_DEPTH) make(path);
}

function onFile({ file }: Scene, act: (path: string) => void): void {
  if (file !== undefined) act(file);
}

/** The same path is something else from now on. */
function replace({ root, entry }: Scene, make: (path: string) => void): void {
  if (entry === undefined) return;
  fs.rmSync(pathIn(root, entry), { recursive: true, force: true });
  make(entry);
}

/** In place, so that the inode stays. What is a FIFO already must not block. */
function write({ root }: Scene, path: string, content: Buffer): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(pathIn(root, path), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK);
  try {
    fs.writeFileSync(fd, content);
  } finally {
    fs.closeSync(fd);
  }
}

function changeByte({ root, how }: Scene, path: string, time: "keep" | "new"): void {
  const before = statOf(root, path);
  if (before.size === 0n) return;
  const fd = fs.openSync(pathIn(root, path), "r+");
  const position = how % Number(before.size);
  const byte = Buffer.alloc(1);
  fs.readSync(fd, byte, 0, 1, position);
  fs.writeSync(fd, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, position);
  fs.closeSync(fd);
  if (time === "keep") times.ofPath(`${root}/${path}`, before.mtimeNs);
}

function statOf(root: string, path: string): fs.BigIntStats {
  return fs.lstatSync(pathIn(root, path), { bigint: true });
}

/** A few contents only, so that files are often alike. */
function contentOf(how: number): Buffer {
  const size = SIZES[how % SIZES.length] ?? 0;
  if (how % 7 === 0) return Buffer.alloc(size);
  return Buffer.alloc(size, `content ${how % 11} `);
}
