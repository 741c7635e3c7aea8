/** Trees whose paths are longer than the system takes (4,095 bytes), made and described by tools that go down step by step. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

const MAKE = `
import json, os, sys
root, names, files = json.load(sys.stdin)
os.makedirs(root, exist_ok=True)
os.chdir(root)
for name in names:
    name = bytes.fromhex(name)
    try: os.mkdir(name)
    except FileExistsError: pass
    os.chdir(name)
for name, content in files.items():
    with open(name, "w") as f: f.write(content)
if files:
    first = sorted(files)[0]
    os.link(first, "hardlink")
    os.symlink("nowhere", "symlink")
    os.mkfifo("fifo")
    os.setxattr(first, "user.note", b"kept")
    os.utime(first, ns=(1, 1234567890123456789))
`;

/** Below `root`: the names one in another, and in the last of them the files, a hardlink, a symlink and a FIFO. */
export function makeDeepTree(root: string, names: readonly Buffer[], files: Record<string, string>): void {
  const input = JSON.stringify([root, names.map((name) => name.toString("hex")), files]);
  execFileSync("python3", ["-c", MAKE], { input });
}

/** A directory for one test. Node cannot remove what is so deep. */
export function deepTemporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-"));
  onTestFinished(() => void execFileSync("rm", ["-rf", directory]));
  return directory;
}

/** Names, types, modes, owners, times, xattrs and content of all of it, as GNU tar sees them: one digest. */
export function digestByTar(root: string): string {
  const tar = "tar --format=pax --pax-option=delete=atime,delete=ctime --xattrs --sort=name --numeric-owner";
  const command = `set -o pipefail; ${tar} -C "$1" -cf - . | sha256sum`;
  return execFileSync("bash", ["-c", command, "bash", root]).toString();
}
