import fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../../../../test/fakes/captured-volume.ts";
import { PointChain, type ChainPoint } from "../../../../test/fakes/point-chain.ts";
import { temporaryDirectory } from "../../../../test/fakes/temporary-directory.ts";

const LARGE = 2 * 1024 * 1024;

function workshop(files: Record<string, string | Buffer> = {}) {
  const root = temporaryDirectory();
  const scratch = temporaryDirectory();
  const chain = new PointChain(root, scratch);
  const at = (name: string) => join(root, name);
  const write = (name: string, content: string | Buffer) => {
    fs.mkdirSync(join(at(name), ".."), { recursive: true });
    fs.writeFileSync(at(name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  /** Restores the point and compares it with the tree as it is now. */
  const expectRestorable = async (point: ChainPoint) => {
    const target = join(temporaryDirectory(), "restored");
    await chain.restore(point, target);
    expect(describeTree(target)).toEqual(describeTree(root));
  };
  return { root, chain, at, write, expectRestorable };
}

/** Gives new content and then the old times, as a program does that hides its writes; the ctime cannot be hidden. */
function overwriteKeepingMtime(path: string, content: string | Buffer): void {
  const { atime, mtime } = fs.statSync(path);
  fs.writeFileSync(path, content);
  fs.utimesSync(path, atime, mtime);
}

describe("an incremental point", () => {
  it("stores nothing of what did not change, and restores all of it", async () => {
    const { chain, expectRestorable } = workshop({ a: "one", "d/b": "two", "d/c": Buffer.alloc(LARGE, 7) });
    const first = await chain.capture();
    const second = await chain.capture();
    expect(second.summary).toMatchObject({ kind: "incremental", needs: [first.id] });
    expect(second.summary.totals).toEqual(first.summary.totals);
    expect(
      [...(await chain.entries(second)).values()].filter(({ data }) => data?.point === first.id),
    ).toHaveLength(3);
    await expectRestorable(second);
  });

  it("takes nothing unread from a point of another directory", async () => {
    const { root, chain } = workshop({ a: "one", b: "two" });
    const first = await chain.capture();
    const elsewhere = join(temporaryDirectory(), "moved");
    fs.renameSync(root, elsewhere);
    chain.moveTo(elsewhere);
    const { summary } = await chain.capture();
    expect(summary).toMatchObject({ kind: "incremental", needs: [first.id] });
    expect(summary.capture["earlier"]).toMatchObject({ files: 2, compared: 2 });
    expect((await chain.capture()).summary.capture["earlier"]).toMatchObject({ files: 2, compared: 0 });
  });

  it("stores what changed, and leaves out what is gone", async () => {
    const { chain, at, write, expectRestorable } = workshop({ keep: "k", edit: "old", gone: "g" });
    const first = await chain.capture();
    write("edit", "new!");
    write("added", "a");
    fs.rmSync(at("gone"));
    const second = await chain.capture();
    const entries = await chain.entries(second);
    expect(entries.get("keep")?.data?.point).toBe(first.id);
    expect(entries.get("edit")?.data?.point).toBeUndefined();
    expect(entries.get("added")?.data?.point).toBeUndefined();
    expect(entries.has("gone")).toBe(false);
    await expectRestorable(second);
  });

  it("names the point that really holds the bytes, however long the chain is", async () => {
    const { chain, write, expectRestorable } = workshop({ a: "1", b: "1" });
    const first = await chain.capture();
    write("b", "22");
    const second = await chain.capture();
    const third = await chain.capture();
    const entries = await chain.entries(third);
    expect(entries.get("a")?.data?.point).toBe(first.id);
    expect(entries.get("b")?.data?.point).toBe(second.id);
    expect(third.summary.needs).toEqual([first.id, second.id].sort());
    await expectRestorable(third);
  });

  it("describes what did not change as its base does, whatever it is called", async () => {
    const names = ["plain", "žluť", 'q"uote', "back\\slash", "new\nline", '","type":"directory","size":0'];
    const { chain, root, write } = workshop(Object.fromEntries(names.map((name) => [`d/${name}`, name])));
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/d/`), Buffer.from([0x66, 0xff])]), "bytes");
    write("e/f/g/deep", "deep");
    write("e/f.txt", "sorts after what is in e/f");
    const first = await chain.capture();
    const before = await chain.entries(first);
    for (const next of [await chain.capture(), await chain.capture()]) {
      expect(next.summary.capture).toMatchObject({ earlier: { files: names.length + 3, compared: 0 } });
      const withHolder = [...before].map(([path, entry]) => {
        const { data } = entry;
        return [path, data === undefined ? entry : { ...entry, data: { ...data, point: first.id } }] as const;
      });
      expect([...(await chain.entries(next))]).toEqual(withHolder);
    }
  });

  it("is a full when nothing of the base is left", async () => {
    const { chain, write } = workshop({ a: "1" });
    await chain.capture();
    write("a", "other");
    const { summary } = await chain.capture();
    expect(summary).toMatchObject({ kind: "full", needs: [] });
  });

  it("sees new content behind an old mtime", async () => {
    const { chain, at, expectRestorable } = workshop({ a: "old", big: Buffer.alloc(LARGE, 1) });
    await chain.capture();
    overwriteKeepingMtime(at("a"), "new");
    overwriteKeepingMtime(at("big"), Buffer.alloc(LARGE, 2));
    const second = await chain.capture();
    expect(second.summary.warnings).toEqual([]);
    await expectRestorable(second);
  });

  it("does not store a file again that was renamed, moved, touched or given another mode", async () => {
    const { chain, at, expectRestorable } = workshop({
      "old/name": Buffer.alloc(LARGE, 1),
      touched: "t",
      mode: Buffer.alloc(LARGE, 2),
    });
    const first = await chain.capture();
    fs.mkdirSync(at("new"));
    fs.renameSync(at("old/name"), at("new/n\u00e4me"));
    fs.utimesSync(at("touched"), 1, 1);
    fs.chmodSync(at("mode"), 0o600);
    const second = await chain.capture();
    const entries = await chain.entries(second);
    expect(entries.get("new/n\u00e4me")?.data).toMatchObject({ point: first.id, member: "old/name" });
    expect(entries.get("touched")?.data?.point).toBe(first.id);
    expect(entries.get("mode")?.data?.point).toBe(first.id);
    await expectRestorable(second);
    const third = await chain.capture();
    expect((await chain.entries(third)).get("new/n\u00e4me")?.data).toMatchObject({
      point: first.id,
      member: "old/name",
    });
    await expectRestorable(third);
  });

  it("recognises what a log rotation moved over another file", async () => {
    const { chain, at, write, expectRestorable } = workshop({
      log: "today".repeat(9),
      "log.1": "yesterday".repeat(9),
    });
    const first = await chain.capture();
    fs.renameSync(at("log"), at("log.1"));
    write("log", "fresh");
    const second = await chain.capture();
    expect((await chain.entries(second)).get("log.1")?.data).toMatchObject({
      point: first.id,
      member: "log",
    });
    await expectRestorable(second);
  });

  it("is not fooled by a new file with the inode, size and mtime of one that is gone", async () => {
    const { chain, at, expectRestorable } = workshop({ a: "first", b: "b" });
    await chain.capture();
    fs.renameSync(at("a"), at("z"));
    overwriteKeepingMtime(at("z"), "other");
    const second = await chain.capture();
    expect((await chain.entries(second)).get("z")?.data?.point).toBeUndefined();
    await expectRestorable(second);
  });

  it("keeps hardlinks, old and new ones, to files of an earlier point", async () => {
    const { chain, at, expectRestorable } = workshop({ "b/file": "content", plain: "p" });
    fs.linkSync(at("b/file"), at("c"));
    await chain.capture();
    await expectRestorable(await chain.capture());
    fs.linkSync(at("b/file"), at("a"));
    fs.linkSync(at("plain"), at("again"));
    await expectRestorable(await chain.capture());
    fs.rmSync(at("a"));
    fs.rmSync(at("b/file"));
    await expectRestorable(await chain.capture());
  });

  it("follows a path that turns from a file into a directory, a symlink, and back", async () => {
    const { chain, at, write, expectRestorable } = workshop({ x: "file", y: "y" });
    await chain.capture();
    fs.rmSync(at("x"));
    write("x/inner", "i");
    await expectRestorable(await chain.capture());
    fs.rmSync(at("x"), { recursive: true });
    fs.symlinkSync("y", at("x"));
    await expectRestorable(await chain.capture());
    fs.rmSync(at("x"));
    write("x", "file");
    await expectRestorable(await chain.capture());
  });

  it("restores one path, reading only the points that hold it", async () => {
    const { chain, write } = workshop({ a: "1", b: "1" });
    await chain.capture();
    write("b", "2");
    const second = await chain.capture();
    const target = join(temporaryDirectory(), "restored");
    await chain.restore(second, target, ["b"]);
    expect(fs.readFileSync(join(target, "b"), "utf8")).toBe("2");
    expect(fs.existsSync(join(target, "a"))).toBe(false);
  });
});

describe("a base whose index is damaged", () => {
  it("is given up, and everything is stored", async () => {
    const { chain, expectRestorable } = workshop({ a: "1", b: "2" });
    const first = await chain.capture();
    first.index = Buffer.concat([first.index.subarray(0, 20), Buffer.alloc(8), first.index.subarray(28)]);
    const second = await chain.capture();
    expect(second.summary).toMatchObject({ kind: "full", needs: [] });
    expect(second.summary.capture["baseTrouble"]).toMatch(/damaged|decoded/);
    await expectRestorable(second);
  });
});
