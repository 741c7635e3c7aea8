/** A tree as Python's standard library sees it, extended attributes and all: nothing of it is our own code. */
import { execFileSync } from "node:child_process";

const SCRIPT = `
import hashlib, json, os, stat, sys

def describe(path):
    s = os.lstat(path)
    kind = stat.S_IFMT(s.st_mode)
    entry = {"type": oct(kind), "mode": oct(stat.S_IMODE(s.st_mode)), "uid": s.st_uid, "gid": s.st_gid,
             "mtime": str(s.st_mtime_ns), "size": s.st_size if kind == stat.S_IFREG else 0}
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        names = []
    entry["xattrs"] = {n: os.getxattr(path, n, follow_symlinks=False).hex() for n in sorted(names)}
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        entry["device"] = [os.major(s.st_rdev), os.minor(s.st_rdev)]
    if kind == stat.S_IFLNK:
        entry["target"] = os.readlink(path).hex()
    if kind == stat.S_IFREG:
        with open(path, "rb") as f:
            entry["sha256"] = hashlib.sha256(f.read()).hexdigest()
    return entry, s

def walk(root):
    tree, links = {}, {}
    def visit(path, name):
        entry, s = describe(path)
        if stat.S_ISREG(s.st_mode):
            entry["sameAs"] = links.setdefault((s.st_dev, s.st_ino), name.hex())
        tree[name.hex() + " " + name.decode("utf-8", "replace")] = entry
        if stat.S_ISDIR(s.st_mode):
            for child in sorted(os.listdir(path)):
                visit(os.path.join(path, child), name + b"/" + child)
    visit(root, b".")
    return tree

json.dump(walk(os.fsencode(sys.argv[1])), sys.stdout)
`;

export type TreeByPython = Record<string, Record<string, unknown>>;

export function treeByPython(root: string): TreeByPython {
  const output = execFileSync("python3", ["-c", SCRIPT, root], { maxBuffer: 2 ** 28 });
  return JSON.parse(output.toString()) as TreeByPython;
}

const SET = `
import json, os, sys
for path, name, value in json.load(sys.stdin):
    os.setxattr(path, name, bytes.fromhex(value), follow_symlinks=False)
`;

export interface GivenXattr {
  path: string;
  name: string;
  hex: string;
}

export function setXattrs(xattrs: readonly GivenXattr[]): void {
  const input = JSON.stringify(xattrs.map(({ path, name, hex }) => [path, name, hex]));
  execFileSync("python3", ["-c", SET], { input });
}
