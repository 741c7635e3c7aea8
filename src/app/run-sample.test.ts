import { describe, expect, it } from "vitest";
import { keysOf, textOf } from "../../test/contract/bytes.ts";
import { appWorkshop, STACK } from "../../test/fakes/app-workshop.ts";
import {
  craftPoint,
  craftTwins,
  filesOf,
  framesOf,
  overwrite,
  storePoint,
} from "../../test/fakes/crafted-point.ts";
import { HOUR } from "../domain/instant.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../domain/recovery-point.ts";
import { removePoint } from "./remove-point.ts";
import { runSample } from "./run-sample.ts";
import { runVerify } from "./run-verify.ts";

const signal = new AbortController().signal;

/** Two fulls of a few frames, and an incremental that takes from the second. */
async function setUp(storeNames = ["local"]) {
  const shop = appWorkshop(storeNames);
  const { older, newer } = await craftTwins();
  const files = filesOf("newer").map((file) => ({
    ...file,
    heldBy: { point: newer.record.id, offset: newer.offsets.get(file.path) ?? 0 },
  }));
  const last = await craftPoint({
    start: "2026-11-20T04:00:00Z",
    files: [...files.slice(1), ...filesOf("x").slice(0, 1)].sort((a, b) => (a.path < b.path ? -1 : 1)),
  });
  const points = [older, newer, last];
  for (const store of shop.stores) for (const point of points) await storePoint(store, point);
  await shop.clock.advance(10 * HOUR);
  const sample = async (share = 0.2) => {
    await shop.clock.advance(HOUR);
    const request = { job: "data", trigger: "command" as const, stores: shop.stores, share, signal };
    const { run, report, error } = await runSample(shop.context, request);
    if (report === undefined) throw error ?? new Error("no report");
    expect(run.outcome).toBe(
      [...report.points.flatMap(({ problems }) => problems), ...report.problems].length === 0
        ? "succeeded"
        : "failed",
    );
    return report;
  };
  const catalog = async () => (await shop.context.catalog.listPoints(shop.store, { stack: STACK })).points;
  const keys = (folder: string) =>
    keysOf(shop.store).then((all) => all.filter((key) => key.includes(`/${folder}/`)));
  const put = (name: string, bytes: Uint8Array) => overwrite(shop.store, older.prefix + name, bytes);
  return { ...shop, older, newer, last, points, sample, catalog, keys, put };
}

/** Samples until everything was read once. */
async function aRound(
  sample: (share?: number) => Promise<Awaited<ReturnType<typeof runSample>>["report"] & object>,
) {
  const problems: string[] = [];
  for (let calls = 1; calls <= 12; calls++) {
    const report = await sample();
    problems.push(...report.points.flatMap((point) => point.problems), ...report.problems);
    const [read] = report.coverage;
    if (read === undefined || read.readBytes === read.totalBytes) return { problems, calls };
  }
  throw new Error("it never came round");
}

describe("samples", () => {
  it("come round every byte, then begin with what was read longest ago, and keep few records", async () => {
    const { sample, keys, points, clock } = await setUp();
    const first = await sample();
    expect(first.points[0]).toMatchObject({ point: points[0]?.record.id, problems: [] });
    const began = clock.now();
    const { problems, calls } = await aRound(sample);
    expect(problems).toEqual([]);
    expect(calls).toBeGreaterThan(1);
    const again = await sample();
    expect(again.points[0]?.point).toBe(points[0]?.record.id);
    expect(again.coverage[0]?.oldestAt).toBeGreaterThan(began);
    for (let more = 0; more < 20; more++) await sample(0.5);
    for (const { prefix } of points) {
      const records = (await keys("samples")).filter((key) => key.startsWith(prefix));
      expect(records.length).toBeGreaterThan(0);
      expect(records.length).toBeLessThanOrEqual(5);
    }
  });

  it("read no more than their share, but for the frame or index that it ends in", async () => {
    const { sample } = await setUp();
    const { points, coverage } = await sample(0.3);
    const read = points.reduce((sum, { bytes }) => sum + bytes, 0);
    const total = coverage[0]?.totalBytes ?? 0;
    expect(read).toBeGreaterThanOrEqual(0.3 * total);
    expect(read).toBeLessThan(0.3 * total + 2000);
  });

  it("prove no point, however much they have read", async () => {
    const { sample, catalog, keys } = await setUp();
    await aRound(sample);
    expect(await keys("proofs")).toEqual([]);
    expect((await catalog()).map(({ lastProof }) => lastProof)).toEqual([undefined, undefined, undefined]);
  });

  it("need not read again what a verify has read", async () => {
    const { sample, context, stores, clock } = await setUp();
    const request = { job: "data", trigger: "command" as const, stores, signal };
    await runVerify(context, { ...request, select: (points) => points.slice(1, 2) });
    const at = clock.now();
    const report = await sample();
    expect(report.coverage[0]).toMatchObject({ oldestAt: at });
    const { problems, calls } = await aRound(sample);
    expect(problems).toEqual([]);
    expect(calls).toBeLessThan(5);
  });
});

describe("damage that a sample comes upon", () => {
  it("is an ordinary failed proof, wherever it is, and later samples do not take it back", async () => {
    const { sample, catalog, put, older } = await setUp();
    for (const [name, bytes] of older.objects) {
      const { frames } = framesOf(bytes);
      const ends = frames.map((_, at) => Buffer.concat(frames.slice(0, at)).length);
      for (const at of [...ends.map((end) => end + 12), bytes.length - 20]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        await put(name, damaged);
        const problems: string[] = [];
        // Twice almost everything is everything.
        for (let call = 0; call < 2; call++)
          problems.push(...(await sample(0.99)).points.flatMap((point) => point.problems));
        const proven = (await catalog()).at(-1)?.lastProof;
        expect(problems.join(), `${name} ${at}`).toContain(name);
        expect(proven, `${name} ${at}`).toMatchObject({ outcome: "failed", operation: "verify" });
        await put(name, bytes);
        await sample();
        expect((await catalog()).at(-1)?.lastProof?.outcome).toBe("failed");
      }
    }
  });

  it("comes with the frame and the files", async () => {
    const { sample, put, older } = await setUp();
    const archive = Buffer.from(older.objects.get(ARCHIVE_OBJECT) ?? []);
    const at = (framesOf(archive).frames[0]?.length ?? 0) + 100;
    archive[at] = (archive[at] ?? 0) ^ 1;
    await put(ARCHIVE_OBJECT, archive);
    const { problems } = await aRound(sample);
    expect(problems.join("\n")).toMatch(/frame 2 of \d+.* is damaged/);
    expect(problems.join("\n")).toContain(`Files concerned: a; a verify of all of ${older.record.id}`);
  });

  it("tells an object of another point, one that is cut, and one that is gone", async () => {
    const { sample, put, older, newer, store } = await setUp();
    await put(ARCHIVE_OBJECT, newer.objects.get(ARCHIVE_OBJECT) ?? Buffer.alloc(0));
    await put(INDEX_OBJECT, newer.objects.get(INDEX_OBJECT) ?? Buffer.alloc(0));
    const { problems } = await aRound(sample);
    for (const name of [ARCHIVE_OBJECT, INDEX_OBJECT])
      expect(problems.join("\n")).toContain(
        `is ${name} of recovery point ${newer.record.id}: objects were swapped`,
      );
    await put(ARCHIVE_OBJECT, older.objects.get(ARCHIVE_OBJECT)?.subarray(0, -1) ?? Buffer.alloc(0));
    expect((await sample()).problems.join()).toContain("was cut");
    await store.delete(older.prefix + ARCHIVE_OBJECT);
    expect((await sample()).problems.join()).toContain("is missing");
  });
});

describe("records of samples", () => {
  it("go with their point", async () => {
    const { sample, older, store, keys } = await setUp();
    await sample(0.9);
    expect((await keys("samples")).some((key) => key.startsWith(older.prefix))).toBe(true);
    await removePoint({ store, stack: STACK, job: "data", id: older.record.id, signal });
    expect(await keysOf(store, older.prefix)).toEqual([]);
  });

  it("are in nobody's way: the catalog names no problem", async () => {
    const { sample, context, store } = await setUp();
    await sample();
    expect((await context.catalog.listPoints(store, { stack: STACK })).problems).toEqual([]);
  });

  it("that are damaged count for nothing, whichever bit it is, and are replaced in time", async () => {
    const { sample, store, keys, older } = await setUp();
    await sample();
    const [key = ""] = await keys("samples");
    const text = Buffer.from(await textOf(store.get(key)));
    for (let bit = 0; bit < text.length * 8; bit += 7) {
      const flipped = Buffer.from(text);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await overwrite(store, key, flipped);
      const { problems, points } = await sample(0.0001);
      expect(problems).toEqual([]);
      expect(points[0]?.problems).toEqual([]);
    }
    await overwrite(store, key, Buffer.from("nothing"));
    await aRound(sample);
    expect((await keys("samples")).filter((at) => at.startsWith(older.prefix)).length).toBeLessThanOrEqual(5);
  }, 120_000);

  it("of a newer version are neither believed nor removed", async () => {
    const { sample, store, older, keys } = await setUp();
    const key = `${older.prefix}samples/20300101T000000000Z.json`;
    await overwrite(store, key, Buffer.from(JSON.stringify({ format: 99 })));
    for (let call = 0; call < 20; call++) await sample(0.5);
    expect(await keys("samples")).toContain(key);
  });

  it("that the store does not take are a warning, no failure", async () => {
    const { sample, store, warnings } = await setUp();
    store.inject("put", { kind: "throw-before" }, { key: /samples/, times: 99 });
    await sample();
    expect(warnings.join()).toContain("could not be kept");
  });

  it("are written under one name each, also by two samples of one instant", async () => {
    const { context, stores, keys, clock } = await setUp();
    await clock.advance(HOUR);
    const request = { job: "data", trigger: "command" as const, stores, share: 0.2, signal };
    const both = await Promise.all([runSample(context, request), runSample(context, request)]);
    expect(both.map(({ run }) => run.outcome)).toEqual(["succeeded", "succeeded"]);
    expect((await keys("samples")).length).toBe(2);
  });
});
