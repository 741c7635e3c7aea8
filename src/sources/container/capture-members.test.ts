import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readersOf } from "../../../test/fakes/captured-volume.ts";
import { MemorySink } from "../../../test/fakes/memory-object.ts";
import { inChunks, pax, rawMember, tarOf, type RawMember } from "../../../test/fakes/raw-tar.ts";
import { readIndex } from "../../archive/read-index.ts";
import { verifyArchive } from "../../archive/verify-archive.ts";
import type { ByteSink } from "../../ports/source.ts";
import { createSelection } from "../selection.ts";
import { captureMembers } from "./capture-members.ts";

const ROOT: RawMember = { name: "./", type: "5", mode: 0o755 };
const MIB = 1024 ** 2;

interface Options {
  exclude?: string[];
  sink?: () => ByteSink;
  signal?: AbortSignal;
  chunks?: AsyncIterable<Uint8Array>;
}

async function capture(tar: Buffer, of: Options = {}) {
  const { exclude, sink, chunks = inChunks(tar), signal = new AbortController().signal } = of;
  const [archive, index] = [new MemorySink(), new MemorySink()];
  const sinks = sink === undefined ? { archive, index } : { archive: sink(), index: sink() };
  const selection = createSelection({ exclude });
  const summary = await captureMembers({
    ...{ chunks, selection, sinks, signal, source: "/data of service app", onProgress: undefined },
  });
  const readers = readersOf({ archive: archive.bytes(), index: index.bytes() });
  const entries = await Array.fromAsync(readIndex(readers.index));
  const problems = await Array.fromAsync(verifyArchive({ ...readers, archive: readers.archive() }));
  return { summary, entries, problems };
}

const EXAMPLE = [
  ROOT,
  { name: "./a", content: "first" },
  { name: "./dir/", type: "5" },
  { name: "./dir/b", content: "x".repeat(5_000) },
  { name: "./z", type: "1", linkName: "./a" },
];

describe("the tar that an engine sends", () => {
  it("is captured wherever its chunks end", async () => {
    const tar = tarOf(...EXAMPLE);
    const whole = await capture(tar);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3_000 }), async (size) => {
        expect(await capture(tar, { chunks: inChunks(tar, size) })).toEqual(whole);
      }),
      { numRuns: 20 },
    );
    expect(whole.problems).toEqual([]);
    expect(whole.entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
      ...["directory .", "file a", "directory dir", "file dir/b", "hardlink z"],
    ]);
  });

  it("is a failed capture wherever it is cut before its end", async () => {
    const tar = tarOf(...EXAMPLE);
    const members = tar.length - 1024;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: members + 511 }), async (length) => {
        await expect(capture(tar.subarray(0, length))).rejects.toMatchObject({
          code: "source",
          message: expect.stringContaining(
            "Capturing /data of service app failed: what the engine sent",
          ) as string,
        });
      }),
      { numRuns: 60 },
    );
  });

  it("may be had again when it was cut, as by a file that shrank", async () => {
    const work = capture(tarOf(...EXAMPLE).subarray(0, 3_000));
    await expect(work).rejects.toMatchObject({ transient: true });
  });

  it.each([
    ["that goes on after its end", Buffer.concat([tarOf(...EXAMPLE), Buffer.from("more")]), "was left out"],
    ["of a file", tarOf({ name: "data", content: "x" }), "does not begin with the directory itself"],
    ["of nothing", tarOf(), "it is empty"],
    [
      "with a name that comes twice",
      tarOf(ROOT, { name: "a" }, { name: "./a" }),
      "out of the order of a walk",
    ],
    ["with names in no order", tarOf(ROOT, { name: "b" }, { name: "a" }), "a comes after b"],
    ["with what is in no directory", tarOf(ROOT, { name: "a/b" }), "without the directory that it is in"],
    ["with a name that leads out", tarOf(ROOT, { name: "./../a" }), "leads out of the target"],
  ])("%s is a failed capture", async (_, tar, why) => {
    await expect(capture(tar)).rejects.toThrow(why);
  });

  it("brings owners, attributes, devices and links of links along", async () => {
    const { entries, problems } = await capture(
      tarOf(
        ROOT,
        pax({ uid: "4000000000", mtime: "1700000000.123456789", "SCHILY.xattr.security.capability": "cap" }),
        { name: "./bin", mode: 0o4755, content: "x" },
        { name: "./link", type: "2", linkName: "/somewhere" },
        { name: "./pipe", type: "6" },
        { name: "./second", type: "1", linkName: "./link" },
        { name: Buffer.from([0x7a, 0xff]), content: "odd" },
      ),
    );
    expect(problems).toEqual([]);
    expect(entries.slice(1)).toMatchObject([
      {
        ...{ path: "bin", uid: 4_000_000_000, mode: 0o4755, mtime: "1700000000.123456789" },
        xattrs: { "security.capability": Buffer.from("cap").toString("base64") },
      },
      { path: "link", type: "symlink", target: "/somewhere" },
      { path: "pipe", type: "fifo" },
      { path: "second", type: "symlink", target: "/somewhere" },
      { pathBytes: Buffer.from([0x7a, 0xff]).toString("base64"), size: 3 },
    ]);
  });

  it("with holes is captured as the file that has them", async () => {
    const content = "data".repeat(128);
    const sparse = { "GNU.sparse.map": `0,256,${3 * MIB},256`, "GNU.sparse.size": String(5 * MIB) };
    const { entries, problems, summary } = await capture(
      tarOf(ROOT, pax(sparse), { name: "./holes", content }),
    );
    expect(problems).toEqual([]);
    expect(entries[1]).toMatchObject({ size: 5 * MIB, data: { holes: 5 * MIB - 512 } });
    expect(summary.totals.sourceBytes).toBe(5 * MIB);
  });

  it("leaves out what is excluded, and tells of other names of it that would be lost with it", async () => {
    const { entries, summary, problems } = await capture(tarOf(...EXAMPLE), { exclude: ["a", "dir"] });
    expect(entries.map(({ path }) => path)).toEqual(["."]);
    expect(problems).toEqual([]);
    expect(summary.unreadable).toBe(1);
    expect(summary.warnings).toMatchObject([{ path: "z", problem: "unreadable" }]);
  });

  it("is not read further ahead than fits a few slabs, however slow the store is", async () => {
    const content = randomBytes(96 * MIB);
    const tar = Buffer.concat([rawMember(ROOT), rawMember({ name: "./big", content }), Buffer.alloc(1024)]);
    let sent = 0;
    let stored = 0;
    let lead = 0;
    const sink = () => ({
      async write({ length }: Uint8Array) {
        // Whoever could go on has had the time to.
        for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        lead = Math.max(lead, sent - stored);
        stored += length;
      },
    });
    async function* counted() {
      for await (const chunk of inChunks(tar, 64 * 1024)) {
        sent += chunk.length;
        yield chunk;
      }
    }
    await capture(tar, { sink, chunks: counted() }).catch(() => undefined);
    expect(stored).toBeGreaterThan(96 * MIB);
    expect(lead).toBeLessThan(48 * MIB);
  });

  it("is not read on when the store fails", async () => {
    let isClosed = false;
    async function* endless() {
      try {
        yield rawMember(ROOT);
        yield rawMember({ name: "./big", raw: { size: "77777777777 " } });
        for (;;) yield randomBytes(64 * 1024);
      } finally {
        isClosed = true;
      }
    }
    const sink = () => ({ write: () => Promise.reject(new Error("the store is full")) });
    await expect(capture(Buffer.alloc(0), { sink, chunks: endless() })).rejects.toThrow("the store is full");
    expect(isClosed).toBe(true);
  });
});
