/** Points whose commit record is right and whose objects were made to harm: each command ends soon, within its memory, and writes nothing. */
import { hash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { formatIndexLine, type IndexEntry } from "../../src/archive/index-entry.ts";
import { encodeSeekTable } from "../../src/archive/seek-table.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../../src/domain/recovery-point.ts";
import { encodeCommitRecord } from "../../src/app/commit-record.ts";
import { describeObject } from "../fakes/crafted-point.ts";
import { objectOf } from "../fakes/hostile-object.ts";
import { recordOf } from "../fakes/points.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const MIB = 1024 * 1024;
/** Far above what a restore takes, and far below what these points ask for. */
const MEMORY_MIB = 400;
const TELL_MEMORY =
  'data:text/javascript,process.on("exit",()=>console.error(`peak ${process.resourceUsage().maxRSS}`))';

const TIMES = { mtime: "1700000000.000000000", ctime: "1700000000.000000000", inode: "1" };
const ROOT: IndexEntry = { path: ".", type: "directory", size: 0, mode: 0o755, uid: 0, gid: 0, ...TIMES };
const fileOf = (path: string, size: number, data: IndexEntry["data"]): IndexEntry => ({
  ...{ ...ROOT, path, size, type: "file", mode: 0o644, sha256: hash("sha256", Buffer.alloc(size)) },
  ...(data !== undefined && { data }),
});
const linesOf = (...entries: IndexEntry[]): Buffer => Buffer.from(entries.map(formatIndexLine).join(""));

/** Puts a point into the stack's store, without any command of ours. */
function plant(
  stack: TestStack,
  start: string,
  objects: { archive?: Buffer; index: Buffer },
  needs: string[] = [],
): string {
  const all = [
    [ARCHIVE_OBJECT, objects.archive ?? encodeSeekTable([])],
    [INDEX_OBJECT, objects.index],
  ] as const;
  const record = recordOf(start, {
    ...{ stack: "test", needs, kind: needs.length > 0 ? "incremental" : "full" },
    objects: all.map(([name, bytes]) => describeObject(name, bytes)),
  });
  const folder = join(stack.store(), "test/data", record.id);
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of all) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, "recovery-point.json"), encodeCommitRecord(record));
  return record.id;
}

/** Runs the command, which must fail by a sentence of its own, within the memory, and leave nothing. */
async function failureOf(stack: TestStack, ...args: string[]): Promise<string> {
  const before = readdirSync(stack.root).sort();
  const ended = await stack.runWith({ nodeArgs: ["--import", TELL_MEMORY] }, ...args);
  expect(ended.exitCode, ended.stderr).toBe(1);
  expect(Number(/^peak (\d+)$/m.exec(ended.stderr)?.[1]) / 1024).toBeLessThan(MEMORY_MIB);
  expect(readdirSync(stack.root).filter((name) => name !== "state")).toEqual(
    before.filter((name) => name !== "state"),
  );
  return ended.stderr;
}

const START = "2026-11-20T03:00:00Z";

describe("a hostile point", () => {
  const endless = { content: Buffer.alloc(4 * MIB, "x"), times: 256 };
  const root = { content: linesOf(ROOT) };
  const indexes: [string, () => Promise<Buffer>, string][] = [
    ["with a line of 1 GiB in its index", () => objectOf(root, endless), "a line of more than"],
    [
      "whose index is deep",
      () =>
        objectOf(root, ...Array.from({ length: 3 }, () => ({ content: Buffer.alloc(4 * MIB, "[") })), {
          content: Buffer.from("\n"),
        }),
      "not a JSON object",
    ],
    ["with five million frames", async () => manyFrames(5_000_000), "its header does not fit"],
  ];
  it.each(indexes)("%s is damaged, for every command", async (_, indexOf, why) => {
    const stack = testStack();
    const id = plant(stack, START, { index: await indexOf() });
    for (const args of [
      ["restore", "data", "--to", stack.path("out")],
      ["restore", "data", "--path", "x", "--to", stack.path("out")],
      ["ls", id],
      ["cat", id, "x"],
      ["verify", "data"],
    ])
      expect(await failureOf(stack, ...args), args.join(" ")).toContain(args[0] === "verify" ? "" : why);
  });

  it("cannot take bytes from a point that its commit record does not name", async () => {
    const stack = testStack();
    const other = plant(stack, "2026-11-19T03:00:00Z", { index: await objectOf(root) });
    const lines = linesOf(ROOT, fileOf("x", 3, { offset: 0, point: other }));
    const id = plant(stack, START, { index: await objectOf({ content: lines }) });
    const why = `it takes bytes from ${other}, which the commit record does not say is needed`;
    expect(await failureOf(stack, "restore", "data", "--to", stack.path("out"))).toContain(why);
    expect(await failureOf(stack, "cat", id, "x")).toContain(why);
  });

  it("that needs itself, or one that needs it, does not lead in circles", async () => {
    const stack = testStack();
    const [first, second] = ["20261119T030000Z-7f3a", "20261120T030000Z-7f3a"];
    const index = async (point: string): Promise<Buffer> =>
      objectOf({ content: linesOf(ROOT, fileOf("x", 3, { offset: 0, point })) });
    plant(stack, "2026-11-19T03:00:00Z", { index: await index(second) }, [first, second]);
    plant(stack, START, { index: await index(first) }, [first, second]);
    for (const point of [first, second]) {
      await failureOf(stack, "restore", "data", "--point", point, "--to", stack.path("out"));
      await failureOf(stack, "cat", point, "x");
    }
    await failureOf(stack, "verify", "data");
    expect((await stack.run("prune", "data", "--dry-run")).exitCode).not.toBeNull();
  });

  it("whose files lie over one another is restored, each with its content", async () => {
    const stack = testStack();
    const zeros = Buffer.alloc(4 * MIB);
    const lines = linesOf(ROOT, ...["a", "b", "c"].map((path) => fileOf(path, 4 * MIB, { offset: 0 })));
    plant(stack, START, {
      index: await objectOf({ content: lines }),
      archive: await objectOf({ content: zeros, times: 256 }),
    });
    await stack.done("restore", "data", "--to", stack.path("out"));
    expect(readdirSync(stack.path("out"))).toEqual(["a", "b", "c"]);
  });
});

/** Frames of one byte each, which are all the same and no zstd. */
function manyFrames(count: number): Buffer {
  const table = encodeSeekTable(Array.from({ length: count }, () => ({ compressed: 1, decoded: 1 })));
  return Buffer.concat([Buffer.alloc(count, 1), table]);
}
