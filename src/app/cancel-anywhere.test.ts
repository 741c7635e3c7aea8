/** Whatever a run is doing with a store when it is cancelled, it ends after a few more reads. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AbortingStore } from "../../test/fakes/aborting-store.ts";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { craftPoint, filesOf, noise, storePoint } from "../../test/fakes/crafted-point.ts";
import { keysOf } from "../../test/contract/bytes.ts";
import { ScriptedSource } from "../../test/fakes/scripted-source.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { RunRecord } from "../domain/run.ts";
import { backupJob } from "./backup-job.ts";
import { runRestore } from "./run-restore.ts";
import { runSample } from "./run-sample.ts";
import { runVerify } from "./run-verify.ts";

/** As many as are under way at once. */
const MAX_FURTHER_READS = 10;
const MOMENTS = 25;

type Work = (store: AbortingStore, shop: ReturnType<typeof appWorkshop>) => Promise<{ run: RunRecord }>;

async function setUp() {
  const shop = appWorkshop();
  const full = await craftPoint({
    start: "2026-11-18T03:00:00Z",
    files: filesOf("full"),
  });
  const held = filesOf("full").map((file) => ({
    ...file,
    heldBy: { point: full.record.id, offset: full.offsets.get(file.path) ?? 0 },
  }));
  const files = [...held, { path: "d", content: noise("d", 9000) }];
  const last = await craftPoint({ start: "2026-11-19T03:00:00Z", files });
  for (const point of [full, last]) await storePoint(shop.store, point);
  return shop;
}

async function cancelAnywhere(work: Work): Promise<void> {
  const whole = await setUp();
  const unhurt = new AbortingStore(whole.store, Infinity);
  expect((await work(unhurt, whole)).run.outcome).not.toBe("failed");
  expect(unhurt.operations).toBeGreaterThan(5);
  for (let moment = 0; moment < MOMENTS; moment++) {
    const shop = await setUp();
    const at = 1 + Math.floor((moment / MOMENTS) * (unhurt.operations - 1));
    const store = new AbortingStore(shop.store, at);
    const { run } = await work(store, shop);
    expect(["cancelled", "succeeded", "partial"], `at ${at}: ${run.reason}`).toContain(run.outcome);
    expect(store.furtherReads, `at ${at}`).toBeLessThanOrEqual(MAX_FURTHER_READS);
    const locks = (await keysOf(shop.store)).filter((key) => key.includes(".locks/"));
    expect(locks, `at ${at}`).toEqual([]);
  }
}

describe("a run that is cancelled at any moment ends soon and leaves no lock:", () => {
  it("a verify", () =>
    cancelAnywhere((store, { context }) =>
      runVerify(context, {
        ...{
          job: "data",
          trigger: "command",
          stores: [store],
          signal: store.signal,
        },
        select: (points) => points,
      }),
    ));

  it("a sample", () =>
    cancelAnywhere((store, { context }) =>
      runSample(context, {
        ...{
          job: "data",
          trigger: "command",
          stores: [store],
          signal: store.signal,
          share: 0.9,
        },
      }),
    ));

  it("a restore, which leaves no target then", () =>
    cancelAnywhere(async (store, { context }) => {
      const target = join(temporaryDirectory(), "restored");
      const finished = await runRestore(context, {
        ...{
          job: "data",
          choice: { newest: true },
          stores: [store],
          target,
          signal: store.signal,
        },
        ...{ onExisting: "refuse", protectedPlaces: [], check: undefined },
      });
      expect(existsSync(target), finished.run.reason).toBe(finished.run.outcome !== "cancelled");
      return finished;
    }));

  it("a backup, which leaves no half point then", () =>
    cancelAnywhere(async (store, { context }) => {
      const before = (await keysOf(store.inner)).length;
      const source = new ScriptedSource({
        objects: { "archive.tar.zst": [new Uint8Array(9)] },
      });
      const finished = await backupJob(context, {
        ...{
          job: testJob(),
          source,
          stores: [store],
          trigger: "command",
          signal: store.signal,
        },
      });
      if (finished.run.outcome === "cancelled")
        expect((await keysOf(store.inner, `${STACK}/data/`)).length).toBeLessThanOrEqual(before);
      return finished;
    }));
});
