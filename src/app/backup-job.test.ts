import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { keysOf } from "../../test/contract/bytes.ts";
import { transientError, type FaultyStore } from "../../test/fakes/faulty-store.ts";
import { FakeMachine } from "../../test/fakes/process-tables.ts";
import { ScriptedSource, type Script } from "../../test/fakes/scripted-source.ts";
import { putObject } from "../../test/fakes/stored-points.ts";
import { MINUTE } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import { backupJob } from "./backup-job.ts";
import { StackLocks } from "./stack-lock.ts";

const SCRIPT: Script = { objects: { "archive.tar.zst": [Buffer.from("data")] } };

function setUp(storeNames = ["local"], script: Script = SCRIPT) {
  const shop = appWorkshop(storeNames);
  const source = new ScriptedSource(script);
  const abort = new AbortController();
  const back = (overrides: Partial<Job> = {}) =>
    backupJob(shop.context, {
      job: testJob({ stores: storeNames, ...overrides }),
      source,
      stores: shop.stores,
      trigger: "schedule",
      signal: abort.signal,
    });
  const pointsIn = async (at = 0) => {
    const store = shop.stores[at];
    return store === undefined ? [] : (await shop.context.catalog.listPoints(store, { stack: STACK })).points;
  };
  return { ...shop, source, abort, back, pointsIn };
}

describe("a backup run", () => {
  it("makes a point, notes it in the history and the audit trail, and lets the lock go", async () => {
    const { back, pointsIn, context, store } = setUp();
    const { run, report } = await back();
    expect(run).toMatchObject({
      outcome: "succeeded",
      job: "data",
      operation: "backup",
      trigger: "schedule",
    });
    expect((await pointsIn()).map(({ id }) => id)).toEqual([report?.record.id]);
    expect(context.state.runs.last("data", "backup")).toEqual(run);
    expect(context.state.audit.recent(1)[0]).toMatchObject({ actor: "command:test", operation: "backup" });
    expect(await keysOf(store, `${STACK}/.locks/`)).toEqual([]);
  });

  it("tells the source of the newest point that any store has", async () => {
    const { back, source, clock } = setUp(["local", "offsite"]);
    const first = await back();
    await clock.advance(MINUTE);
    await back();
    expect(source.captures[1]?.previous?.id).toBe(first.report?.record.id);
  });

  it("never prunes the point that it made, also when the clock is set back before it and right again in it", async () => {
    const { back, source, clock, pointsIn } = setUp();
    await back({ retention: { last: 1 } });
    clock.jumpTo(clock.now() - MINUTE);
    source.script = {
      ...SCRIPT,
      get pause() {
        clock.jumpTo(clock.now() + 2 * MINUTE);
        return Promise.resolve();
      },
    };
    const { report } = await back({ retention: { last: 1 } });
    expect((await pointsIn()).map(({ id }) => id)).toContain(report?.record.id);
  });

  it("is partial, with the reason, when a file was not captured as it stood", async () => {
    const warning = { path: "log", problem: "grew" as const, message: "log grew while it was read." };
    const { back } = setUp(["local"], { ...SCRIPT, warnings: [warning] });
    const { run } = await back();
    expect(run).toMatchObject({ outcome: "partial", reason: "log grew while it was read.", warningCount: 1 });
  });

  it("fails, leaving earlier points and pruning nothing, when the source fails", async () => {
    const { back, source, pointsIn, clock } = setUp();
    await back({ retention: { last: 1 } });
    await clock.advance(MINUTE);
    source.script = { ...SCRIPT, failure: new Error("the dump ended early") };
    const { run, error } = await back({ retention: { last: 1 } });
    expect(run).toMatchObject({ outcome: "failed", reason: "the dump ended early" });
    expect(error?.message).toBe("the dump ended early");
    expect(await pointsIn()).toHaveLength(1);
  });

  it("is cancelled by its signal", async () => {
    const { back, abort, pointsIn } = setUp();
    abort.abort();
    const { run } = await back();
    expect(run.outcome).toBe("cancelled");
    expect(await pointsIn()).toEqual([]);
  });

  it("prunes by the job's retention after the point is made", async () => {
    const { back, pointsIn, clock } = setUp();
    for (let n = 0; n < 4; n++) {
      await back({ retention: { last: 2 } });
      await clock.advance(MINUTE);
    }
    expect(await pointsIn()).toHaveLength(2);
  });

  it("prunes by another policy where the job has one for the store", async () => {
    const { back, clock, pointsIn } = setUp(["local", "offsite"]);
    for (let run = 0; run < 4; run++) {
      await back({ retention: { last: 1 }, keepFor: { offsite: { last: 3 } } });
      await clock.advance(MINUTE);
    }
    expect([(await pointsIn(0)).length, (await pointsIn(1)).length]).toEqual([1, 3]);
  });

  it("is partial when the pruning fails, for the point itself is there", async () => {
    const { back, store, pointsIn, clock } = setUp();
    await back({ retention: { last: 1 } });
    await clock.advance(MINUTE);
    store.inject("delete", { kind: "throw-before" }, { key: /recovery-point/, times: 9 });
    const { run } = await back({ retention: { last: 1 } });
    expect(run.outcome).toBe("partial");
    expect(run.reason).toContain("Pruning job data in store local");
    expect(await pointsIn()).toHaveLength(2);
  });
});

describe("a store in trouble", () => {
  it("costs its own point and no other's, and the next run finds it healed", async () => {
    const { back, stores, pointsIn, clock } = setUp(["local", "offsite"]);
    stores[1]?.inject("put", { kind: "throw-before" });
    const { run } = await back();
    expect(run.outcome).toBe("partial");
    expect(run.stores.map(({ store, outcome }) => [store, outcome])).toEqual([
      ["local", "succeeded"],
      ["offsite", "failed"],
    ]);
    await clock.advance(MINUTE);
    expect((await back()).run.outcome).toBe("succeeded");
    expect([await pointsIn(0), await pointsIn(1)].map(({ length }) => length)).toEqual([2, 1]);
  });

  it("that loses its lock in the middle costs its own point and no other's", async () => {
    const done = Promise.withResolvers<void>();
    const { back, stores, pointsIn, clock } = setUp(["local", "offsite"], { ...SCRIPT, pause: done.promise });
    const outcome = back();
    const [local, offsite] = stores as [FaultyStore, FaultyStore];
    while (offsite.callsOf("put").length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (const key of await keysOf(offsite, `${STACK}/.locks/`)) await offsite.delete(key);
    await clock.advance(MINUTE);
    done.resolve();
    const { run } = await outcome;
    expect(run.stores.map((result) => result.outcome)).toEqual(["succeeded", "failed"]);
    expect([await pointsIn(0), await pointsIn(1)].map(({ length }) => length)).toEqual([1, 0]);
    expect(await keysOf(local, `${STACK}/.locks/`)).toEqual([]);
  });

  it("is tried again when the trouble may pass", async () => {
    const { back, store, clock, warnings } = setUp();
    store.inject("put", { kind: "throw-before", error: transientError() });
    const outcome = back({ retry: { attempts: 2, initialDelay: 1000, maxDelay: 1000 } });
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(MINUTE);
    expect((await outcome).run.outcome).toBe("succeeded");
    expect(warnings.join()).toContain("Trying again in");
  });
});

describe("a point that is missing what could not be read", () => {
  const unreadable = { path: "x", problem: "unreadable" as const, message: "x could not be read" };

  it("does not displace a complete one, however few the retention keeps", async () => {
    const { back, source, pointsIn, clock } = setUp();
    const first = await back({ retention: { last: 1 } });
    for (let n = 0; n < 3; n++) {
      await clock.advance(MINUTE);
      source.script = { ...SCRIPT, warnings: [unreadable] };
      expect((await back({ retention: { last: 1 } })).run.outcome).toBe("partial");
    }
    expect((await pointsIn()).map(({ id }) => id)).toContain(first.report?.record.id);
    expect(await pointsIn()).toHaveLength(2);
  });

  it("is pruned like any other where there is no complete one", async () => {
    const { back, pointsIn, clock } = setUp(["local"], { ...SCRIPT, warnings: [unreadable] });
    for (let n = 0; n < 3; n++) {
      await back({ retention: { last: 1 } });
      await clock.advance(MINUTE);
    }
    expect(await pointsIn()).toHaveLength(1);
  });
});

describe("what killed runs left", () => {
  it("is removed before the next point is made", async () => {
    const { back, store, warnings } = setUp();
    await putObject(store, `${STACK}/data/20261119T030000Z-dead/archive.tar.zst`);
    const { report } = await back();
    const folders = new Set((await keysOf(store)).map((key) => key.split("/")[2]));
    expect([...folders]).toEqual([report?.record.id]);
    expect(warnings.join()).toContain("killed run");
  });

  it("stays when it is another job's, which may be running", async () => {
    const { back, store } = setUp();
    const other = `${STACK}/data-2/20261119T030000Z-dead/archive.tar.zst`;
    await putObject(store, other);
    await back();
    expect(await keysOf(store)).toContain(other);
  });
});

describe("the lock", () => {
  it("of a living process refuses the run and names the holder", async () => {
    const { back, store, clock, source } = setUp();
    const other = new StackLocks({
      clock,
      processes: new FakeMachine("elsewhere").startProcess(),
      random: () => 0.5,
    });
    const held = await other.acquire(store, {
      stack: STACK,
      mode: "write",
      operation: "backup of job x",
      wait: 0,
    });
    const { error } = await back();
    expect(error).toMatchObject({ code: "refused" });
    expect(error?.message).toContain("backup of job x");
    expect(source.captures).toEqual([]);
    await held.release();
  });

  it("is shared by runs of one process", async () => {
    const done = Promise.withResolvers<void>();
    const { back, context, stores } = setUp(["local"], { ...SCRIPT, pause: done.promise });
    const first = back();
    const second = backupJob(context, {
      job: testJob({ name: "other" }),
      source: new ScriptedSource(SCRIPT),
      stores,
      trigger: "schedule",
      signal: new AbortController().signal,
    });
    expect((await second).run.outcome).toBe("succeeded");
    done.resolve();
    expect((await first).run.outcome).toBe("succeeded");
  });
});

describe("a history that cannot be written", () => {
  it("does not make a good backup a failed one", async () => {
    const { back, context, warnings } = setUp();
    context.state.close();
    expect((await back()).run.outcome).toBe("succeeded");
    expect(warnings.join()).toContain("history could not be written");
  });
});
