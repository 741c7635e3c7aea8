import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { formatIndexLine, type IndexEntry } from "../../src/archive/index-entry.ts";
import { readIndex } from "../../src/archive/read-index.ts";
import { verifyArchive } from "../../src/archive/verify-archive.ts";
import { asNobody } from "../fakes/as-nobody.ts";
import { captureVolume, readersOf, restoreHere, type CapturedVolume } from "../fakes/captured-volume.ts";
import { setXattrs, treeByPython, type GivenXattr, type TreeByPython } from "../fakes/python-tree.ts";
import { framed } from "../fakes/memory-object.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { mountTmpfs } from "../fakes/tmpfs.ts";

const NOBODY = 65534;
const isRoot = process.geteuid?.() === 0;
/** `user::rw-,user:1000:r--,group::r--,mask::rw-,other::---`, as the kernel has it. */
const ACL = "0200000001000600ffffffff02000400e803000004000400ffffffff10000600ffffffff20000000ffffffff";
const CAPABILITY = "0100000200040000000000000000000000000000";

const OF_USERS: [path: string, name: string, hex: string][] = [
  ["file", "user.binary", "00ff0a3d62696eff"],
  ["file", "user.odd=name%d", "76"],
  ["file", "user.žluť", "76"],
  ["file", "system.posix_acl_access", ACL],
  ["read-only", "user.kept", "01"],
  ["directory", "user.empty", ""],
  ["directory", "system.posix_acl_default", ACL],
];
const OF_ROOT: typeof OF_USERS = [
  ["directory", "trusted.note", "54"],
  ["program", "security.capability", CAPABILITY],
  ["link", "trusted.of-the-link", "4c"],
];

function makeTree(root: string, xattrs: typeof OF_USERS): void {
  fs.mkdirSync(join(root, "directory"), { recursive: true });
  fs.writeFileSync(join(root, "file"), "content");
  fs.linkSync(join(root, "file"), join(root, "second-name"));
  fs.writeFileSync(join(root, "directory/plain"), "");
  fs.writeFileSync(join(root, "program"), "x", { mode: 0o755 });
  fs.writeFileSync(join(root, "read-only"), "");
  fs.symlinkSync("file", join(root, "link"));
  setXattrs(xattrs.map(([path, name, hex]): GivenXattr => ({ path: join(root, path), name, hex })));
  fs.chmodSync(join(root, "read-only"), 0o444);
  if (isRoot) fs.chownSync(join(root, "program"), 12, 34);
  if (isRoot) setXattrs([{ path: join(root, "program"), name: "security.capability", hex: CAPABILITY }]);
}

async function problemsOf(captured: CapturedVolume): Promise<unknown[]> {
  const { index, archive } = readersOf(captured);
  return Array.fromAsync(verifyArchive({ index, archive: archive() }));
}

const ROOT = "2e .";

/** bsdtar keeps the escaped form of the one odd name. */
function asUnpacked(target: string): TreeByPython {
  const text = JSON.stringify(treeByPython(target)).replaceAll("user.odd%3Dname%25d", "user.odd=name%d");
  return JSON.parse(text) as TreeByPython;
}

const unpackings: [tool: string, command: string[]][] = [
  ["GNU tar", ["tar", "--zstd", "--xattrs", "--xattrs-include=*", "--acls", "-xpf"]],
  ["bsdtar", ["bsdtar", "-xpf"]],
];

describe.skipIf(!isRoot)("extended attributes and ACLs, as root", () => {
  it.each(["the disk", "tmpfs"])("come back exactly, and through tar, on %s", async (place) => {
    const work = temporaryDirectory();
    if (place === "tmpfs") mountTmpfs(work);
    const root = join(work, "root");
    makeTree(root, [...OF_USERS, ...OF_ROOT]);
    const before = treeByPython(root);

    const captured = await captureVolume(root);
    expect(captured.summary.warnings).toEqual([]);
    expect(await problemsOf(captured)).toEqual([]);
    const result = await restoreHere({
      ...readersOf(captured),
      target: join(work, "by-us"),
      onExisting: "refuse",
    });
    expect(result.warnings).toEqual([]);
    expect(treeByPython(join(work, "by-us"))).toEqual(before);

    fs.writeFileSync(join(work, "archive.tar.zst"), captured.archive);
    for (const [tool, command] of unpackings) {
      const target = join(work, tool);
      fs.mkdirSync(target);
      execFileSync(command[0] ?? "", [...command.slice(1), join(work, "archive.tar.zst"), "-C", target]);
      expect(asUnpacked(target), tool).toEqual({ ...before, [ROOT]: expect.anything() as unknown });
    }
  });

  it("are not taken over from the directory that is restored into", async () => {
    const work = temporaryDirectory();
    makeTree(join(work, "root"), OF_USERS);
    fs.mkdirSync(join(work, "out"));
    setXattrs([{ path: join(work, "out"), name: "system.posix_acl_default", hex: ACL }]);
    const captured = await captureVolume(join(work, "root"));
    await restoreHere({ ...readersOf(captured), target: join(work, "out/target"), onExisting: "refuse" });
    expect(treeByPython(join(work, "out/target"))).toEqual(treeByPython(join(work, "root")));
  });

  it("of a mount point are replaced by those of the restored root", async () => {
    const work = temporaryDirectory();
    makeTree(join(work, "root"), [
      ["", "user.of-the-root", "01"],
      ["", "system.posix_acl_default", ACL],
    ]);
    mountTmpfs(join(work, "target"));
    setXattrs([{ path: join(work, "target"), name: "user.before", hex: "02" }]);
    const captured = await captureVolume(join(work, "root"));
    await restoreHere({ ...readersOf(captured), target: join(work, "target"), onExisting: "refuse" });
    expect(treeByPython(join(work, "target"))).toEqual(treeByPython(join(work, "root")));
  });

  it("that an ordinary user may not set are left, and told once for each kind", async () => {
    const work = temporaryDirectory();
    makeTree(join(work, "root"), [...OF_USERS, ...OF_ROOT]);
    fs.chownSync(join(work, "root/directory"), NOBODY, NOBODY);
    const captured = await captureVolume(join(work, "root"));
    const target = join(work, "out");
    const { warnings } = await asNobody(work, () =>
      restoreHere({ ...readersOf(captured), target, onExisting: "refuse" }),
    );
    const why = "were not restored, because only root may set them";
    expect(warnings).toEqual([
      `owners ${why}: 6 entries, the first of them directory/plain`,
      `extended attributes trusted.* ${why}: 2 entries, the first of them directory`,
      `file capabilities ${why}: program`,
    ]);
    const restored = treeByPython(target);
    for (const [path, entry] of Object.entries(treeByPython(join(work, "root")))) {
      const xattrs = Object.entries(entry["xattrs"] ?? {}).filter(([name]) => /^(user|system)\./.test(name));
      expect(restored[path], path).toMatchObject({ mode: entry["mode"], mtime: entry["mtime"] });
      expect(restored[path]?.["xattrs"], path).toEqual(Object.fromEntries(xattrs));
    }
  });

  it("and owners are no warning to an ordinary user whose own they are", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    makeTree(root, OF_USERS);
    execFileSync("chown", ["-hR", `${NOBODY}:${NOBODY}`, root]);
    const captured = await captureVolume(root);
    const target = join(work, "out");
    const { warnings } = await asNobody(work, () =>
      restoreHere({ ...readersOf(captured), target, onExisting: "refuse" }),
    );
    expect(warnings).toEqual([]);
    expect(treeByPython(target)).toEqual(treeByPython(root));
  });
});

describe("an extended attribute that differs between archive and index", () => {
  it.each([
    ["is another value", { "user.note": "AQ==" }],
    ["is in the archive only", undefined],
    ["is in the index only", { "user.note": "AA==", "user.other": "" }],
  ])("is found by verify, when it %s", async (_, xattrs) => {
    const root = temporaryDirectory();
    fs.writeFileSync(join(root, "file"), "");
    setXattrs([{ path: join(root, "file"), name: "user.note", hex: "00" }]);
    const captured = await captureVolume(root);
    const entries = await Array.fromAsync(readIndex(readersOf(captured).index));
    const lines = entries.map((entry) => formatIndexLine(withXattrs(entry, xattrs)));
    const forged = { ...captured, index: await framed(Buffer.from(lines.join(""))) };
    expect(await problemsOf(forged)).toMatchObject([
      { path: "file", message: "file: its extended attributes differ from the index" },
    ]);
  });
});

function withXattrs({ xattrs: own, ...entry }: IndexEntry, xattrs: IndexEntry["xattrs"]): IndexEntry {
  return own === undefined || xattrs === undefined ? entry : { ...entry, xattrs };
}
