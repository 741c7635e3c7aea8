import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  captureVolume,
  describeTree,
  readersOf,
  restoreHere,
  type CapturedVolume,
} from "../../test/fakes/captured-volume.ts";
import { framed, MemoryReader } from "../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { findEntry } from "./find-entries.ts";
import { formatIndexLine, type IndexEntry } from "./index-entry.ts";
import { readFileContent } from "./read-content.ts";
import { readIndex } from "./read-index.ts";

interface Stage {
  work: string;
  target: string;
  point: CapturedVolume;
}

async function stage(): Promise<Stage> {
  const work = temporaryDirectory();
  const root = join(work, "root");
  mkdirSync(join(root, "a/b"), { recursive: true });
  writeFileSync(join(root, "a/b/one"), "one");
  linkSync(join(root, "a/b/one"), join(root, "a/b/one-again"));
  linkSync(join(root, "a/b/one"), join(root, "z-link"));
  linkSync(join(root, "a/b/one"), join(root, "z-link-2"));
  symlinkSync("b/one", join(root, "a/soft"));
  writeFileSync(join(root, "a/big"), Buffer.alloc(12 * 2 ** 20, 3));
  writeFileSync(join(root, "two"), "two");
  return { work, target: join(work, "out/target"), point: await captureVolume(root) };
}

/** What a restore may leave beside its target: nothing. */
function beside({ work }: Stage): string[] {
  return existsSync(join(work, "out")) ? readdirSync(join(work, "out")) : [];
}

async function forged(
  point: CapturedVolume,
  change: (entries: IndexEntry[]) => IndexEntry[],
): Promise<CapturedVolume> {
  const entries = await Array.fromAsync(readIndex(readersOf(point).index));
  return { ...point, index: await framed(Buffer.from(change(entries).map(formatIndexLine).join(""))) };
}

const LINK: IndexEntry = {
  path: "evil",
  type: "symlink",
  target: "../../outside",
  size: 0,
  mode: 0o777,
  uid: 0,
  gid: 0,
  mtime: "1.000000000",
  ctime: "1.000000000",
  inode: "1",
};

describe("a restore", () => {
  it("of one path reads only the frames that hold it", async () => {
    const { target, point } = await stage();
    const readers = readersOf(point);
    await restoreHere({ ...readers, paths: ["/two"], target, onExisting: "refuse" });
    expect(readdirSync(target)).toEqual(["two"]);
    const bytes = readers.archive().rangesRead.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(point.archive.length / 2);
  });

  it("of a subtree brings its hardlinks to files outside of it as files", async () => {
    const { target, point } = await stage();
    await restoreHere({ ...readersOf(point), paths: ["z-link", "z-link-2"], target, onExisting: "refuse" });
    expect(readFileSync(join(target, "z-link"), "utf8")).toBe("one");
    expect(statSync(join(target, "z-link")).ino).toBe(statSync(join(target, "z-link-2")).ino);
    expect(readdirSync(target)).toEqual(["z-link", "z-link-2"]);
  });

  it("of a path that is not there fails and leaves nothing", async () => {
    const it = await stage();
    const restored = restoreHere({
      ...readersOf(it.point),
      paths: ["nope"],
      target: it.target,
      onExisting: "refuse",
    });
    await expect(restored).rejects.toMatchObject({ code: "not-found" });
    expect(beside(it)).toEqual([]);
  });

  it("refuses a target that holds something, and replaces it when asked to", async () => {
    const it = await stage();
    mkdirSync(it.target, { recursive: true });
    writeFileSync(join(it.target, "precious"), "precious");
    const options = { ...readersOf(it.point), target: it.target };
    await expect(restoreHere({ ...options, onExisting: "refuse" })).rejects.toMatchObject({
      code: "refused",
    });
    expect(readdirSync(it.target)).toEqual(["precious"]);
    await restoreHere({ ...options, onExisting: "replace" });
    expect(describeTree(it.target)).toEqual(describeTree(join(it.work, "root")));
    expect(beside(it)).toEqual(["target"]);
  });

  it("of damaged content leaves the target as it was", async () => {
    const it = await stage();
    mkdirSync(it.target, { recursive: true });
    writeFileSync(join(it.target, "precious"), "precious");
    const archive = Buffer.from(it.point.archive);
    archive[archive.length >> 1] = (archive[archive.length >> 1] ?? 0) ^ 1;
    const options = {
      ...readersOf({ ...it.point, archive }),
      target: it.target,
      onExisting: "replace" as const,
    };
    await expect(restoreHere(options)).rejects.toMatchObject({ code: "damaged" });
    expect(readdirSync(it.target)).toEqual(["precious"]);
    expect(beside(it)).toEqual(["target"]);
  });

  it("that is cancelled leaves the target as it was", async () => {
    const it = await stage();
    const cancel = new AbortController();
    const restored = restoreHere({
      ...readersOf(it.point),
      target: it.target,
      onExisting: "refuse",
      signal: cancel.signal,
      onProgress: () => cancel.abort(),
    });
    await expect(restored).rejects.toMatchObject({ code: "cancelled" });
    expect(beside(it)).toEqual([]);
  });

  it("checks each file against its digest", async () => {
    const it = await stage();
    const point = await forged(it.point, (entries) =>
      entries.map((entry) => (entry.path === "two" ? { ...entry, sha256: "0".repeat(64) } : entry)),
    );
    const restored = restoreHere({ ...readersOf(point), target: it.target, onExisting: "refuse" });
    await expect(restored).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringContaining("two") as string,
    });
    expect(beside(it)).toEqual([]);
  });

  it("checks also a hardlink that has to become a file", async () => {
    const it = await stage();
    const point = await forged(it.point, (entries) =>
      entries.map((entry) => (entry.type === "hardlink" ? { ...entry, sha256: "0".repeat(64) } : entry)),
    );
    const options = { ...readersOf(point), target: it.target, onExisting: "refuse" as const };
    await expect(restoreHere({ ...options, paths: ["z-link"] })).rejects.toMatchObject({ code: "damaged" });
    expect(beside(it)).toEqual([]);
  });
});

describe("an index made to escape", () => {
  const file = (entries: IndexEntry[], path: string): IndexEntry => ({ ...entries.at(-3)!, path });
  const attacks: [string, (entries: IndexEntry[]) => IndexEntry[]][] = [
    ["a name with ..", (entries) => [...entries, file(entries, "zz/../../../outside/file")]],
    ["an absolute name", (entries) => [...entries, file(entries, "/outside/file")]],
    ["a bare ..", (entries) => [...entries, file(entries, "..")]],
    ["a name with an empty part", (entries) => [...entries, file(entries, "zz//x")]],
    ["a file through a symlink", ([root, ...rest]) => [root!, { ...LINK, path: "a" }, ...rest.slice(1)]],
    [
      "a symlink, then a directory of its name",
      (entries) => [
        ...entries,
        { ...LINK, path: "zz" },
        { ...entries[0]!, path: "zz" },
        file(entries, "zz/file"),
      ],
    ],
    ["a file below a file", (entries) => [...entries, file(entries, "zz"), file(entries, "zz/file")]],
    ["names out of order", (entries) => [...entries, file(entries, "0")]],
  ];

  it.each(attacks)("by %s is refused and writes nothing", async (_, change) => {
    const it = await stage();
    mkdirSync(join(it.work, "out/outside"), { recursive: true });
    const point = await forged(it.point, change);
    const restored = restoreHere({ ...readersOf(point), target: it.target, onExisting: "refuse" });
    await expect(restored).rejects.toMatchObject({ code: "damaged" });
    expect(beside(it)).toEqual(["outside"]);
    expect(readdirSync(join(it.work, "out/outside"))).toEqual([]);
  });

  it.each(["../../outside/secret", "a/way-out/secret", "/etc/hostname"])(
    "by a hardlink to %s gets a file of its own",
    async (target) => {
      const it = await stage();
      const outside = join(it.work, "out/outside");
      mkdirSync(outside, { recursive: true });
      writeFileSync(join(outside, "secret"), "secret");
      const point = await forged(it.point, (entries) => {
        const wayOut = { ...LINK, path: "a/way-out", target: outside };
        const linked = entries.map((entry) => (entry.path === "z-link" ? { ...entry, target } : entry));
        return linked.flatMap((entry) => (entry.path === "a/soft" ? [entry, wayOut] : [entry]));
      });
      const restored = restoreHere({ ...readersOf(point), target: it.target, onExisting: "refuse" });
      await restored.catch((error: unknown) => expect(error).toMatchObject({ code: "damaged" }));
      expect(statSync(join(outside, "secret")).nlink).toBe(1);
      if (existsSync(it.target)) expect(readFileSync(join(it.target, "z-link"), "utf8")).toBe("one");
      rmSync(outside, { recursive: true });
    },
  );
});

describe("one file's content", () => {
  it("comes whole, by any of its names", async () => {
    const { point } = await stage();
    const { index, archive } = readersOf(point);
    for (const [path, size] of [
      ["a/big", 12 * 2 ** 20],
      ["z-link", 3],
    ] as const) {
      const chunks = await Array.fromAsync(readFileContent({ entry: await findEntry(index, path), archive }));
      expect(Buffer.concat(chunks)).toHaveLength(size);
    }
  });

  it("is refused at its end when it does not match its digest", async () => {
    const { point } = await stage();
    const entry = await findEntry(new MemoryReader("index", point.index), "two");
    const content = readFileContent({
      entry: { ...entry, sha256: "0".repeat(64) },
      archive: readersOf(point).archive,
    });
    await expect(Array.fromAsync(content)).rejects.toMatchObject({ code: "damaged" });
  });
});
