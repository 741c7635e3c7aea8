import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { formatIndexLine, type IndexEntry } from "../../src/archive/index-entry.ts";
import { readIndex } from "../../src/archive/read-index.ts";
import { verifyArchive } from "../../src/archive/verify-archive.ts";
import { asNobody } from "../fakes/as-nobody.ts";
import { captureVolume, readersOf, restoreHere, type CapturedVolume } from "../fakes/captured-volume.ts";
import { framed } from "../fakes/memory-object.ts";
import { treeByPython } from "../fakes/python-tree.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

const isRoot = process.geteuid?.() === 0;

function makeTree(root: string): void {
  fs.mkdirSync(join(root, "directory"), { recursive: true });
  for (const name of ["fifo", "directory/žluť"]) execFileSync("mkfifo", ["-m", "622", join(root, name)]);
  fs.linkSync(join(root, "fifo"), join(root, "fifo-again"));
  fs.writeFileSync(join(root, "file"), "");
  if (!isRoot) return;
  execFileSync("mknod", ["-m", "640", join(root, "null"), "c", "1", "3"]);
  execFileSync("mknod", ["-m", "600", join(root, "directory/block"), "b", "259", "70000"]);
  execFileSync("chown", ["12:34", join(root, "null")]);
  execFileSync("touch", ["-d", "2001-02-03T04:05:06.000000007Z", join(root, "null")]);
}

async function problemsOf(captured: CapturedVolume): Promise<unknown[]> {
  const { index, archive } = readersOf(captured);
  return Array.fromAsync(verifyArchive({ index, archive: archive() }));
}

async function forged(
  captured: CapturedVolume,
  change: (entry: IndexEntry) => IndexEntry,
): Promise<CapturedVolume> {
  const entries = await Array.fromAsync(readIndex(readersOf(captured).index));
  const lines = entries.map((entry) => formatIndexLine(change(entry)));
  return { ...captured, index: await framed(Buffer.from(lines.join(""))) };
}

describe("FIFOs", () => {
  it("come back, also to an ordinary user", async () => {
    const root = join(temporaryDirectory(), "root");
    makeTree(root);
    const captured = await captureVolume(root, { exclude: ["null", "block"] });
    expect(captured.summary).toMatchObject({ warnings: [], totals: { files: 1, specials: 3, entries: 6 } });
    expect(await problemsOf(captured)).toEqual([]);
    const work = temporaryDirectory();
    const target = join(work, "out");
    const restore = (): Promise<unknown> =>
      restoreHere({ ...readersOf(captured), target, onExisting: "refuse" });
    await (isRoot ? asNobody(work, restore) : restore());
    const isFifo = (path: string): boolean => fs.lstatSync(join(target, path)).isFIFO();
    expect(["fifo", "fifo-again", "directory/žluť"].map(isFifo)).toEqual([true, true, true]);
    expect(fs.statSync(join(target, "fifo")).mode & 0o777).toBe(0o622);
  });

  it("that nobody reads do not hold up a capture, and sockets are counted", async () => {
    const root = temporaryDirectory();
    execFileSync("mkfifo", [join(root, "fifo")]);
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((listening) => server.listen(join(root, "socket"), listening));
    const { summary } = await captureVolume(root);
    expect(summary).toMatchObject({ warnings: [], capture: { sockets: 1 }, totals: { specials: 1 } });
  });
});

describe.skipIf(!isRoot)("device nodes", () => {
  it("come back as they were when they are asked for, and through tar", async () => {
    const work = temporaryDirectory();
    const root = join(work, "root");
    makeTree(root);
    const before = treeByPython(root);
    const captured = await captureVolume(root);
    expect(captured.summary).toMatchObject({ warnings: [], totals: { specials: 5 } });
    expect(await problemsOf(captured)).toEqual([]);
    const options = { ...readersOf(captured), onExisting: "refuse" as const, withDevices: true };
    const result = await restoreHere({ ...options, target: join(work, "by-us") });
    expect(result.warnings).toEqual([]);
    expect(treeByPython(join(work, "by-us"))).toEqual(before);

    fs.writeFileSync(join(work, "archive.tar.zst"), captured.archive);
    for (const tool of ["tar", "bsdtar"]) {
      fs.mkdirSync(join(work, tool));
      execFileSync(tool, ["-xpf", join(work, "archive.tar.zst"), "-C", join(work, tool)], { stdio: "pipe" });
      const root = expect.anything() as unknown;
      expect(treeByPython(join(work, tool)), tool).toEqual({ ...before, "2e .": root });
    }
  });

  it("are left out otherwise, with one warning, and the rest is restored", async () => {
    const work = temporaryDirectory();
    makeTree(join(work, "root"));
    const captured = await captureVolume(join(work, "root"));
    const target = join(work, "out");
    const { warnings } = await restoreHere({ ...readersOf(captured), target, onExisting: "refuse" });
    expect(warnings).toEqual([
      "device nodes were not restored, because --special was not given: 2 entries, the first of them directory/block",
    ]);
    expect(fs.readdirSync(target)).toEqual(["directory", "fifo", "fifo-again", "file"]);
    expect(fs.readdirSync(join(target, "directory"))).toEqual(["žluť"]);
  });

  it("cannot be made by an ordinary user, who is told", async () => {
    const work = temporaryDirectory();
    makeTree(join(work, "root"));
    const captured = await captureVolume(join(work, "root"), { include: ["null"] });
    const options = { ...readersOf(captured), onExisting: "refuse" as const, withDevices: true };
    const { warnings } = await asNobody(work, () => restoreHere({ ...options, target: join(work, "out") }));
    expect(warnings).toContain("device nodes were not restored, because only root may make them here: null");
  });

  it.each<[string, (entry: IndexEntry) => IndexEntry, string]>([
    ["its number", (entry) => ({ ...entry, device: { major: 1, minor: 5 } }), "its device number differs"],
    ["its type", (entry) => ({ ...entry, type: "block-device" }), "the archive holds a character-device"],
  ])("are checked by verify, by %s", async (_, change, message) => {
    const root = join(temporaryDirectory(), "root");
    makeTree(root);
    const captured = await captureVolume(root, { include: ["null"] });
    const wrong = await forged(captured, (entry) => (entry.path === "null" ? change(entry) : entry));
    expect(await problemsOf(wrong)).toMatchObject([
      { path: "null", message: expect.stringContaining(message) as string },
    ]);
  });
});
