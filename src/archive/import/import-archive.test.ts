import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { captureVolume, describeTree } from "../../../test/fakes/captured-volume.ts";
import { importBytes, pax, rawMember, tarOf } from "../../../test/fakes/raw-tar.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { isStagingName } from "../restore/staging-name.ts";

function stage(): { work: string; target: string } {
  const work = temporaryDirectory();
  return { work, target: join(work, "target") };
}

const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
const TREE = tarOf(
  { name: "./", type: "5", mode: 0o750 },
  { name: "./a/", type: "5", mode: 0o711, mtime: 1 },
  { name: "./a/soft", type: "2", linkName: "one", mtime: 2 },
  { name: "./a/one", content: "one", mode: 0o600, mtime: 3 },
  { name: "./a/hard", type: "1", linkName: "./a/one" },
  { name: "./deep/down/two", content: Buffer.alloc(300_000, "two"), mtime: 4 },
);

function listed(directory: string): string[] {
  return (fs.readdirSync(directory, { recursive: true }) as string[]).sort();
}

describe("an archive of anybody's", () => {
  const half = TREE.length / 2;
  const stored: [string, Buffer][] = [
    ["a tar", TREE],
    ["a tar.gz", gzipSync(TREE)],
    [
      "a tar.gz of two parts",
      Buffer.concat([gzipSync(TREE.subarray(0, half)), gzipSync(TREE.subarray(half))]),
    ],
    ["a tar.zst of one frame", zstdCompressSync(TREE)],
    [
      "a tar.zst of several frames, with skippable and empty ones",
      Buffer.concat([
        SKIPPABLE,
        zstdCompressSync(TREE.subarray(0, 1)),
        zstdCompressSync(Buffer.alloc(0)),
        SKIPPABLE,
        zstdCompressSync(TREE.subarray(1, half)),
        zstdCompressSync(TREE.subarray(half)),
        SKIPPABLE,
      ]),
    ],
  ];
  it.each(stored)("comes back from %s", async (_, bytes) => {
    const { target } = stage();
    const result = await importBytes(bytes, target);
    expect(result).toMatchObject({ entries: 6, files: 2, bytes: 300_003 });
    expect(listed(target)).toEqual(["a", "a/hard", "a/one", "a/soft", "deep", "deep/down", "deep/down/two"]);
    expect(fs.readFileSync(join(target, "a/soft"), "utf8")).toBe("one");
    expect(fs.statSync(join(target, "a/hard")).ino).toBe(fs.statSync(join(target, "a/one")).ino);
    const modeOf = (path: string): string => (fs.statSync(join(target, path)).mode & 0o7777).toString(8);
    expect([".", "a", "a/one", "deep"].map(modeOf)).toEqual(["750", "711", "600", "755"]);
    const timeOf = (path: string): number => fs.lstatSync(join(target, path)).mtimeMs;
    expect(["a", "a/soft", "a/one", "deep/down/two"].map(timeOf)).toEqual([1000, 2000, 3000, 4000]);
  });

  it("of ours comes back as the tree was", async () => {
    const { work, target } = stage();
    const root = join(work, "root");
    fs.mkdirSync(join(root, "a/b"), { recursive: true });
    fs.writeFileSync(join(root, "a/b/one"), "one");
    fs.linkSync(join(root, "a/b/one"), join(root, "again"));
    fs.symlinkSync("a/b/one", join(root, "soft"));
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff])]), "not UTF-8");
    fs.writeFileSync(join(root, "žluťoučký ".repeat(12)), "long and not ASCII");
    fs.writeFileSync(join(root, "big"), Buffer.alloc(9 * 2 ** 20, "big"));
    execFileSync("touch", ["-d", "1969-12-31T23:59:58.123456789Z", join(root, "big")]);
    fs.chmodSync(join(root, "a"), 0o500);
    const { archive } = await captureVolume(root);
    await importBytes(archive, target);
    expect(describeTree(target)).toEqual(describeTree(root));
  });

  it("keeps times to the nanosecond, before 1970, and names that are not UTF-8 in pax headers", async () => {
    const { target } = stage();
    const path = Buffer.concat([Buffer.from("11 path="), Buffer.from([0x66, 0xff]), Buffer.from("\n")]);
    const bytes = tarOf(
      rawMember({ name: "PaxHeader", type: "x", content: path }),
      { name: "shown", content: "x" },
      pax({ mtime: "-1.25", size: "3" }),
      { name: "old", content: "old", raw: { size: "00000000000\0" } },
    );
    await importBytes(bytes, target);
    expect(fs.readdirSync(target, { encoding: "latin1" }).sort()).toEqual(["f\u00ff", "old"]);
    expect(fs.statSync(join(target, "old"), { bigint: true }).mtimeNs).toBe(-1_250_000_000n);
    expect(fs.readFileSync(join(target, "old"), "utf8")).toBe("old");
  });

  it("gives back only the paths that were asked for", async () => {
    const { target } = stage();
    await importBytes(TREE, target, { paths: ["deep"] });
    expect(listed(target)).toEqual(["deep", "deep/down", "deep/down/two"]);
    await expect(importBytes(TREE, join(target, "../other"), { paths: ["nope"] })).rejects.toMatchObject({
      code: "not-found",
    });
  });

  it("lets a later member take the place of an earlier one", async () => {
    const { target } = stage();
    const bytes = tarOf(
      { name: "file", content: "first" },
      { name: "file", content: "second" },
      { name: "link", type: "2", linkName: "file" },
      { name: "link", content: "a file now" },
      { name: "dir", content: "a file" },
      { name: "dir", type: "5" },
      { name: "dir/in", content: "in" },
      { name: "empty", type: "5" },
      { name: "empty", type: "2", linkName: "file" },
      { name: "linked", type: "1", linkName: "file" },
      { name: "linked", type: "1", linkName: "link" },
    );
    await importBytes(bytes, target);
    expect(listed(target)).toEqual(["dir", "dir/in", "empty", "file", "link", "linked"]);
    const contentOf = (name: string): string => fs.readFileSync(join(target, name), "utf8");
    expect(["file", "link", "empty", "linked"].map(contentOf)).toEqual([
      "second",
      "a file now",
      "second",
      "a file now",
    ]);
  });

  it("leaves setuid and setgid out of files unless they are asked for", async () => {
    const { work, target } = stage();
    const bytes = tarOf({ name: "sudo", content: "#!", mode: 0o6755 });
    const { warnings } = await importBytes(bytes, target);
    expect(fs.statSync(join(target, "sudo")).mode & 0o7777).toBe(0o755);
    expect(warnings.join()).toContain("setuid");
    await importBytes(bytes, join(work, "kept"), { keepSetuid: true });
    const kept = process.geteuid?.() === 0 ? 0o6755 : 0o755;
    expect(fs.statSync(join(work, "kept/sudo")).mode & 0o7777).toBe(kept);
  });

  it("leaves out what it does not know, and says so", async () => {
    const { target } = stage();
    const bytes = tarOf(
      { name: "label", type: "V" },
      { name: "odd", type: "Z", content: "content of the odd one" },
      { name: "file", content: "file" },
    );
    const { warnings } = await importBytes(bytes, target);
    expect(listed(target)).toEqual(["file"]);
    expect(warnings.filter((warning) => /^(label|odd) was left out/.test(warning))).toHaveLength(2);
  });

  it("that is cancelled leaves nothing", async () => {
    const { work, target } = stage();
    const cancel = new AbortController();
    const imported = importBytes(TREE, target, { signal: cancel.signal, onProgress: () => cancel.abort() });
    await expect(imported).rejects.toMatchObject({ code: "cancelled" });
    expect(fs.readdirSync(work).filter((name) => isStagingName(name) || name === "target")).toEqual([]);
  });
});
