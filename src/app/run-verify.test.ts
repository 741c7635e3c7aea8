import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { keysOf } from "../../test/contract/bytes.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";
import { backupJob } from "./backup-job.ts";
import { runRestore } from "./run-restore.ts";
import { runVerify } from "./run-verify.ts";

const signal = new AbortController().signal;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-"));
  await writeFile(join(directory, "a.txt"), "hello");
});
afterEach(() => rm(directory, { recursive: true }));

async function setUp(storeNames = ["local", "offsite"]) {
  const shop = appWorkshop(storeNames);
  const source = createVolumeSource({ kind: "volume", path: directory });
  const job = testJob({ stores: storeNames });
  const request = { job, source, stores: shop.stores, trigger: "schedule" as const, signal };
  const { report } = await backupJob(shop.context, request);
  const id = report?.record.id ?? "";
  const verify = () =>
    runVerify(shop.context, {
      job: "data",
      trigger: "command",
      stores: shop.stores,
      select: (all) => all,
      signal,
    });
  const restore = (target: string) =>
    runRestore(shop.context, {
      job: "data",
      choice: { newest: true },
      stores: shop.stores,
      target,
      onExisting: "refuse",
      protectedPlaces: [],
      check: undefined,
      signal,
    });
  return { ...shop, id, verify, restore };
}

describe("a verify", () => {
  it("passes what is whole, and keeps a proof beside the point in each store", async () => {
    const { verify, stores, id } = await setUp();
    const { run, report } = await verify();
    expect(run.outcome).toBe("succeeded");
    expect(report?.points.map(({ store, problems }) => [store, problems])).toEqual([
      ["local", []],
      ["offsite", []],
    ]);
    for (const store of stores) expect((await keysOf(store, `${STACK}/data/${id}/proofs/`)).length).toBe(1);
  });

  it.each(["archive.tar.zst", "files.jsonl.zst"])(
    "fails, naming the object, when one bit of %s is flipped",
    async (name) => {
      const { verify, store, context, id } = await setUp();
      store.inject("get", { kind: "flip-byte", at: 40 }, { key: new RegExp(name), times: 100 });
      const { run, report } = await verify();
      expect(run.outcome).toBe("failed");
      expect(report?.points[0]?.problems.join("\n")).toContain(name);
      expect(report?.points[1]?.problems).toEqual([]);
      const { points } = await context.catalog.listPoints(store, { stack: STACK });
      expect(points[0]?.lastProof).toMatchObject({ outcome: "failed", point: id });
    },
  );

  it("fails for a store that does not answer, and still verifies the others", async () => {
    const { verify, store } = await setUp();
    store.inject("list", { kind: "throw-before" });
    const { run, report } = await verify();
    expect(run.outcome).toBe("failed");
    expect(report?.points.map((point) => point.store)).toEqual(["offsite"]);
    expect(report?.problems).toHaveLength(1);
  });

  it("passes also where no proof can be kept", async () => {
    const { verify, store, warnings } = await setUp(["local"]);
    store.inject("put", { kind: "throw-before" }, { key: /proofs/ });
    expect((await verify()).run.outcome).toBe("succeeded");
    expect(warnings.join()).toContain("could not be kept");
  });
});

describe("a restore", () => {
  it("takes the next store's copy when the first one is damaged, and says so", async () => {
    const { restore, store } = await setUp();
    store.inject("get", { kind: "flip-byte", at: 40 }, { key: /archive/, times: 100 });
    const { run, report } = await restore(join(directory, "restored"));
    expect(run.outcome).toBe("partial");
    expect(report?.restored.store).toBe("offsite");
    expect(run.reason).toContain("local:");
  });

  it("fails, leaving no target, when every copy is damaged", async () => {
    const { restore, stores } = await setUp();
    for (const each of stores)
      each.inject("get", { kind: "flip-byte", at: 40 }, { key: /archive/, times: 100 });
    const { error } = await restore(join(directory, "restored"));
    expect(error).toMatchObject({ code: "damaged" });
    await expect(rm(join(directory, "restored"))).rejects.toThrow("ENOENT");
  });

  it("goes on without a lock in a store that takes none", async () => {
    const { restore, store, warnings } = await setUp(["local"]);
    store.inject("put", { kind: "throw-before" }, { key: /\.locks/, times: 9 });
    const { run } = await restore(join(directory, "restored"));
    expect(run.outcome).toBe("succeeded");
    expect(warnings.join()).toContain("read without a lock");
  });

  it("keeps its point from being pruned meanwhile", async () => {
    const { context, store, id } = await setUp(["local"]);
    const use = await context.locks.use(store, { operation: "restore", points: [id], signal });
    expect(await context.locks.pointsInUse(store, signal)).toEqual([id]);
    await use.release();
    expect(await context.locks.pointsInUse(store, signal)).toEqual([]);
  });
});
