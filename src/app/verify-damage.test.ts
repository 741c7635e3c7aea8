/** What a verify says of each thing that can happen to an object. */
import { describe, expect, it } from "vitest";
import { appWorkshop } from "../../test/fakes/app-workshop.ts";
import {
  craftPoint,
  craftTwins,
  filesOf,
  framesOf,
  overwrite,
  storePoint,
} from "../../test/fakes/crafted-point.ts";
import { ARCHIVE_OBJECT, COMMIT_RECORD, INDEX_OBJECT } from "../domain/recovery-point.ts";
import { runVerify } from "./run-verify.ts";

const signal = new AbortController().signal;

async function setUp(storeNames = ["local"]) {
  const shop = appWorkshop(storeNames);
  const { older, newer } = await craftTwins();
  for (const store of shop.stores) for (const point of [older, newer]) await storePoint(store, point);
  const verify = async () => {
    const select = (all: readonly unknown[]) => all as never;
    const request = { job: "data", trigger: "command" as const, stores: shop.stores, select, signal };
    const { run, report, error } = await runVerify(shop.context, request);
    if (report === undefined) throw error ?? new Error("no report");
    const problems = [...report.points.flatMap((point) => point.problems), ...report.problems];
    expect(run.outcome).toBe(problems.length === 0 ? "succeeded" : "failed");
    return problems;
  };
  const put = (name: string, bytes: Uint8Array) => overwrite(shop.store, newer.prefix + name, bytes);
  const bytesOf = (name: string) => Buffer.from(newer.objects.get(name)!);
  return { ...shop, older, newer, verify, put, bytesOf };
}

describe("a verify", () => {
  it("reads each object once, but for the seek tables", async () => {
    const { verify, store, newer } = await setUp();
    expect(await verify()).toEqual([]);
    for (const name of [ARCHIVE_OBJECT, INDEX_OBJECT]) {
      const gets = store.callsOf("get").filter((key) => key === newer.prefix + name);
      expect(gets.length, name).toBeLessThanOrEqual(4);
    }
  });

  it.each([ARCHIVE_OBJECT, INDEX_OBJECT])("tells %s of another point in one sentence", async (name) => {
    const { verify, put, older } = await setUp();
    await put(name, older.objects.get(name)!);
    expect(await verify()).toEqual([
      expect.stringContaining(`is ${name} of recovery point ${older.record.id}: objects were swapped`),
    ]);
  });

  it("tells two points whose objects were exchanged", async () => {
    const { verify, put, store, older, newer } = await setUp();
    await put(ARCHIVE_OBJECT, older.objects.get(ARCHIVE_OBJECT)!);
    await overwrite(store, older.prefix + ARCHIVE_OBJECT, newer.objects.get(ARCHIVE_OBJECT)!);
    const problems = await verify();
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain(`of recovery point ${older.record.id}`);
    expect(problems[1]).toContain(`of recovery point ${newer.record.id}`);
  });

  it("tells archive and index of one point that were exchanged, which no size hides", async () => {
    const { verify, put, bytesOf } = await setUp();
    await put(ARCHIVE_OBJECT, bytesOf(INDEX_OBJECT));
    await put(INDEX_OBJECT, bytesOf(ARCHIVE_OBJECT));
    expect((await verify()).join()).toMatch(
      /archive\.tar\.zst is files\.jsonl\.zst .* is archive\.tar\.zst of/,
    );
  });

  it.each([ARCHIVE_OBJECT, INDEX_OBJECT])("tells an older version of %s, of whatever size", async (name) => {
    const { verify, put } = await setUp();
    const earlier = await craftPoint({ start: "2026-11-20T03:00:00Z", files: filesOf("earlier").slice(1) });
    await put(name, earlier.objects.get(name)!);
    expect(await verify()).toEqual([expect.stringContaining("is another version, whole by itself")]);
  });

  it("tells frames that were exchanged, those of one size, too", async () => {
    const { verify, put, bytesOf } = await setUp();
    const { frames, table } = framesOf(bytesOf(ARCHIVE_OBJECT));
    const [one, other] = twoOfOneSize(frames);
    const exchanged = frames.with(one, frames[other]!).with(other, frames[one]!);
    await put(ARCHIVE_OBJECT, Buffer.concat([...exchanged, table]));
    const [headline, ...details] = await verify();
    expect(headline).toContain(`its frames ${one + 1} and ${other + 1} of ${frames.length} were exchanged`);
    expect(details.join()).toContain(`it is a copy of frame ${other + 1}`);
    const shifted = frames.with(0, frames[1]!).with(1, frames[0]!);
    await put(ARCHIVE_OBJECT, Buffer.concat([...shifted, table]));
    expect((await verify())[0]).toContain(`its frames 1 and 2 of ${frames.length} were exchanged`);
  });

  it("tells an object that was written twice, or to which something was added, or a frame of it twice", async () => {
    const { verify, put, bytesOf } = await setUp();
    const archive = bytesOf(ARCHIVE_OBJECT);
    await put(ARCHIVE_OBJECT, Buffer.concat([archive, archive]));
    expect(await verify()).toEqual([expect.stringContaining("was written twice, one copy after the other")]);
    await put(ARCHIVE_OBJECT, Buffer.concat([archive, Buffer.from("more")]));
    expect(await verify()).toEqual([expect.stringContaining("was written to after its end")]);
    const { frames, table } = framesOf(archive);
    await put(ARCHIVE_OBJECT, Buffer.concat([...frames.toSpliced(2, 0, frames[1]!), table]));
    expect(await verify()).toEqual([
      expect.stringContaining(`its frame 2 of ${frames.length} stands there twice`),
    ]);
  });

  it("tells an object that was cut, wherever, also between frames", async () => {
    const { verify, put, bytesOf } = await setUp();
    for (const name of [ARCHIVE_OBJECT, INDEX_OBJECT]) {
      const { frames } = framesOf(bytesOf(name));
      const ends = frames.map((_, at) => Buffer.concat(frames.slice(0, at)).length);
      for (const length of [...ends, ...ends.map((end) => end + 1), bytesOf(name).length - 1]) {
        await put(name, bytesOf(name).subarray(0, length));
        expect(await verify(), `${name} ${length}`).toEqual([expect.stringContaining("was cut: it has")]);
      }
      await put(name, bytesOf(name));
    }
  });

  it("tells an object that is gone", async () => {
    const { verify, store, newer } = await setUp();
    await store.delete(newer.prefix + INDEX_OBJECT);
    expect(await verify()).toEqual([
      expect.stringContaining("is missing; restore from another recovery point"),
    ]);
  });

  it("tells changed bytes, the frame they are in and its files, and which store is better", async () => {
    const { verify, put, bytesOf, stores } = await setUp(["local", "offsite"]);
    const archive = bytesOf(ARCHIVE_OBJECT);
    const { frames } = framesOf(archive);
    const at = frames[0]!.length + 100;
    archive[at] = archive[at]! ^ 1;
    await put(ARCHIVE_OBJECT, archive);
    const [headline, frame, ...files] = await verify();
    expect(headline).toContain("bytes of it were changed in place");
    expect(headline).toContain(`restore from store ${stores[1]!.name}, which has a copy`);
    expect(frame).toContain(`frame 2 of ${frames.length}`);
    expect(files).toEqual(["a cannot be restored whole: its frame is damaged"]);
  });

  it("tells a changed byte of the commit record that means nothing", async () => {
    const { verify, store, newer } = await setUp();
    const text = Buffer.concat(await Array.fromAsync(store.get(newer.prefix + COMMIT_RECORD))).toString();
    await overwrite(store, newer.prefix + COMMIT_RECORD, Buffer.from(text.replace("\n  ", "\n\t ")));
    expect(await verify()).toEqual([expect.stringContaining("bytes of its commit record that mean nothing")]);
  });
});

function twoOfOneSize(frames: readonly Buffer[]): [number, number] {
  for (const [one, frame] of frames.entries()) {
    const other = frames.findIndex(({ length }, at) => at > one && length === frame.length);
    if (other !== -1) return [one, other];
  }
  throw new Error("no two frames have the same size");
}
