/** Random small trees of all that a volume can hold, made without any code of ours. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import fc from "fast-check";

export interface OddEntry {
  kind: "file" | "directory" | "symlink" | "hardlink" | "fifo" | "device";
  /** Hex of the name's bytes. */
  name: string;
  /** Which of the directories, or of the files for a hardlink, that were made before: counted round and round. */
  parent: number;
  of: number;
  content: string;
  /** Zeros in front of the content, as a hole. */
  hole: number;
  target: string;
  mode: number;
  owner: [uid: number, gid: number];
  mtimeNs: string;
  xattrs: Record<string, string>;
}

const SECOND = 1_000_000_000n;
/** What ext4 can hold: 1902 to 2445. */
const seconds = fc.bigInt({ min: -2_145_916_800n, max: 14_989_968_000n });
const times = fc.oneof(
  seconds.map((second) => second * SECOND),
  fc.tuple(seconds, fc.bigInt({ min: 1n, max: SECOND - 1n })).map(([second, part]) => second * SECOND + part),
);

const hexOf = (text: string): string => Buffer.from(text).toString("hex");
const isName = (hex: string): boolean =>
  !/^(..)*(00|2f)/.test(hex) && hex !== "" && hex !== "2e" && hex !== "2e2e";
const names = fc
  .oneof(
    fc
      .constantFrom(
        "a",
        "new\nline",
        "back\\slash\\n",
        "\\012",
        "-n",
        " ",
        "'\"`",
        "*",
        "#",
        "a -> b",
        "a link to b",
      )
      .map(hexOf),
    fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).map((text) => hexOf(text.toWellFormed())),
    fc.uint8Array({ minLength: 1, maxLength: 255 }).map((bytes) => Buffer.from(bytes).toString("hex")),
    fc.integer({ min: 90, max: 255 }).map((length) => "6c".repeat(length)),
  )
  .filter((hex) => isName(hex) && hex.length <= 510);
const ids = fc.oneof(fc.nat(70_000), fc.constantFrom(2 ** 21 - 1, 2 ** 21, 2 ** 31, 2 ** 32 - 2));
const values = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("hex"));

/** Entries may have the name of one before: then they are left out. */
export function oddTrees({ asRoot }: { asRoot: boolean }): fc.Arbitrary<OddEntry[]> {
  const kinds = ["file", "file", "file", "directory", "directory", "symlink", "hardlink", "fifo"] as const;
  const entry = fc.record<OddEntry>({
    kind: asRoot ? fc.constantFrom(...kinds, "device" as const) : fc.constantFrom(...kinds),
    name: names,
    parent: fc.nat(100),
    of: fc.nat(100),
    content: fc.oneof(values, fc.constant("78".repeat(70_000))),
    hole: fc.constantFrom(0, 0, 0, 511, 512, 1_000_000),
    target: names,
    mode: asRoot ? fc.nat(0o7777) : fc.nat(0o77).map((mode) => mode | 0o700),
    owner: fc.tuple(ids, ids),
    mtimeNs: times.map(String),
    xattrs: fc.dictionary(fc.constantFrom("user.a", "user.b=c", "user.ž", "user.%"), values, { maxKeys: 2 }),
  });
  return fc.array(entry, { minLength: 1, maxLength: 25 });
}

const MAKE = `
import json, os, stat, sys

root, as_root = os.fsencode(sys.argv[1]), sys.argv[2] == "root"
os.makedirs(root)
directories, files, made = [root], [], []
for e in json.load(sys.stdin):
    path = os.path.join(directories[e["parent"] % len(directories)], bytes.fromhex(e["name"]))
    if os.path.lexists(path) or len(path) > 3500 or (e["kind"] == "hardlink" and not files):
        continue
    if e["kind"] == "directory":
        os.mkdir(path, 0o700)
        directories.append(path)
    elif e["kind"] == "file":
        with open(path, "wb") as f:
            f.seek(e["hole"])
            f.write(bytes.fromhex(e["content"]))
        files.append(path)
    elif e["kind"] == "symlink":
        os.symlink(bytes.fromhex(e["target"]), path)
    elif e["kind"] == "hardlink":
        os.link(files[e["of"] % len(files)], path)
        continue
    elif e["kind"] == "fifo":
        os.mkfifo(path)
    else:
        os.mknod(path, stat.S_IFCHR, os.makedev(1, e["of"]))
    made.append((path, e))

for path, e in reversed(made):
    if e["kind"] in ("file", "directory"):
        for name, value in e["xattrs"].items():
            os.setxattr(path, name, bytes.fromhex(value))
    if as_root:
        os.chown(path, *e["owner"], follow_symlinks=False)
    if e["kind"] != "symlink":
        os.chmod(path, e["mode"])
    os.utime(path, ns=(int(e["mtimeNs"]), int(e["mtimeNs"])), follow_symlinks=False)
`;

/** Makes the tree in a directory that is not there yet. */
export function makeOddTree(
  root: string,
  entries: readonly OddEntry[],
  { asRoot }: { asRoot: boolean },
): void {
  const input = JSON.stringify(entries);
  execFileSync("python3", ["-c", MAKE, join(root), asRoot ? "root" : "user"], { input });
}
