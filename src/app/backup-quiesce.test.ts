import { describe, expect, it } from "vitest";
import { appWorkshop, testJob } from "../../test/fakes/app-workshop.ts";
import { ScriptedSource } from "../../test/fakes/scripted-source.ts";
import type { Hook, Job, QuiescePolicy } from "../domain/job.ts";
import { HoldfastError } from "../domain/errors.ts";
import { memoryJournal } from "../../test/fakes/memory-journal.ts";
import type { Guard } from "./interventions/guard.ts";
import { ServiceHolder } from "./interventions/service-holder.ts";
import type { Source } from "../ports/source.ts";
import { backupJob } from "./backup-job.ts";

const QUIESCE: NonNullable<Job["quiesce"]> = {
  ...{ mode: "pause", scope: "databases", services: ["app"], grace: undefined, limit: 60_000 },
  ...{ healthLimit: 10_000, before: [], after: [] },
};

describe("a backup of a job with services to hold", () => {
  it("holds them while the source is captured, and neither before nor after", async () => {
    const shop = appWorkshop();
    const app = shop.engine.addService({ service: "app" });
    const source = new ScriptedSource({ objects: { "archive.tar.zst": [Buffer.from("data")] } });
    const states: unknown[] = [];
    const capture = source.capture.bind(source);
    source.capture = async (request) => {
      states.push(shop.engine.stateOf(app));
      return capture(request);
    };
    const { run, report } = await backupJob(shop.context, {
      job: testJob({ quiesce: QUIESCE }),
      ...{ source, stores: shop.stores, trigger: "schedule", signal: new AbortController().signal },
    });
    expect(run.outcome).toBe("succeeded");
    expect(report?.record.capture).toMatchObject({ heldMs: 0 });
    expect(states).toEqual(["paused"]);
    expect(shop.engine.done).toEqual(["pause stack-app-1", "unpause stack-app-1"]);
  });

  it("leaves it to a source that can, to hold them for less, unless the job wants them held for all of it", async () => {
    const shop = appWorkshop();
    const app = shop.engine.addService({ service: "app" });
    const source = new ScriptedSource({ objects: { "archive.tar.zst": [Buffer.from("data")] } });
    const capture = source.capture.bind(source);
    const states: unknown[] = [];
    const look = (): void => void states.push(shop.engine.stateOf(app));
    const partly: Source = {
      ...{ kind: "partly", holdsItself: true, inspect: async () => [] },
      async capture(request) {
        look();
        await request.hold?.(async () => look());
        look();
        return capture(request);
      },
    };
    const backup = (quiesce: QuiescePolicy) =>
      backupJob(shop.context, {
        job: testJob({ quiesce }),
        ...{ source: partly, stores: shop.stores, trigger: "schedule" },
        signal: new AbortController().signal,
      });
    await backup(QUIESCE);
    expect(states.splice(0)).toEqual(["running", "paused", "running"]);
    await backup({ ...QUIESCE, scope: "whole" });
    expect(states).toEqual(["paused", "paused"]);
    expect(shop.finished.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded"]);
  });

  it.each(["databases", "whole"] as const)(
    "tells no source that anything stands still where only hooks are called (scope %s)",
    async (scope) => {
      const shop = appWorkshop();
      shop.engine.addService({ service: "app" });
      const source = new ScriptedSource({ objects: { "archive.tar.zst": [Buffer.from("data")] } });
      const capture = source.capture.bind(source);
      const holds: unknown[] = [];
      const freezers: unknown[] = [];
      const partly: Source = {
        ...{ kind: "partly", holdsItself: true, inspect: async () => [] },
        async capture(request) {
          holds.push(request.hold);
          freezers.push(await request.freezerOf?.({ directory: "/data" }, request.signal));
          return capture(request);
        },
      };
      const { run, report } = await backupJob(shop.context, {
        job: testJob({ quiesce: { ...QUIESCE, scope, services: [], before: [hook("exit 0", "fail")] } }),
        ...{ source: partly, stores: shop.stores, trigger: "schedule", signal: new AbortController().signal },
      });
      expect(run.outcome).toBe("succeeded");
      expect(holds).toEqual([undefined]);
      expect(JSON.stringify(freezers)).not.toContain("held already");
      expect(report?.record.capture).not.toHaveProperty("heldMs");
    },
  );

  it("makes no point when they cannot be held, and says why", async () => {
    const shop = appWorkshop();
    shop.engine.addService({ service: "db" });
    const { run } = await backupJob(shop.context, {
      job: testJob({ quiesce: QUIESCE }),
      source: new ScriptedSource({ objects: {} }),
      ...{ stores: shop.stores, trigger: "schedule", signal: new AbortController().signal },
    });
    expect(run).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("no container of app") as string,
    });
  });

  const hook = (name: string, onError: "fail" | "warn"): Hook => ({
    call: { kind: "exec", service: "app", command: ["sh", "-c", name], user: undefined, env: {} },
    ...{ timeout: 1_000, onError },
  });

  const backedUp = async (shop: ReturnType<typeof appWorkshop>, quiesce: Partial<QuiescePolicy>) => {
    const source = new ScriptedSource({ objects: { "archive.tar.zst": [Buffer.from("data")] } });
    return backupJob(shop.context, {
      job: testJob({ quiesce: { ...QUIESCE, ...quiesce } }),
      ...{ source, stores: shop.stores, trigger: "schedule", signal: new AbortController().signal },
    });
  };

  it("fails with a hook before it, holds nothing, and calls what comes after all the same", async () => {
    const shop = appWorkshop();
    shop.engine.addService({ service: "app" });
    const { run } = await backedUp(shop, {
      before: [hook("echo still writing >&2; exit 1", "fail")],
      after: [hook("exit 2", "warn")],
    });
    expect(run).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("still writing") as string,
    });
    expect(shop.engine.done).toEqual([]);
    expect(shop.warnings).toEqual([expect.stringContaining("Hook 1 after job data failed")]);
  });

  it("is partial with a hook after it that may fail, and has its point", async () => {
    const shop = appWorkshop();
    shop.engine.addService({ service: "app" });
    const { run } = await backedUp(shop, { after: [hook("exit 2", "warn")] });
    expect(run).toMatchObject({
      ...{ outcome: "partial", point: expect.any(String) as string },
      reason: expect.stringContaining("Hook 1 after job data failed: sh in app ended with 2") as string,
    });
  });

  it("needs no services to call hooks", async () => {
    const shop = appWorkshop();
    shop.engine.addService({ service: "app" });
    const { run } = await backedUp(shop, { services: [], before: [hook("exit 0", "fail")] });
    expect(run.outcome).toBe("succeeded");
    expect(shop.engine.done).toEqual([]);
  });

  it("is partial when a service that was stopped is not healthy again", async () => {
    const shop = appWorkshop();
    shop.engine.addService({ service: "app", health: "unhealthy" });
    const { run } = await backedUp(shop, { mode: "stop", healthLimit: 0 });
    expect(run).toMatchObject({
      outcome: "partial",
      reason: expect.stringContaining("stack-app-1 was started again and is unhealthy") as string,
    });
  });

  it("says once that it has no guard, although each attempt finds that anew", async () => {
    const shop = appWorkshop();
    const { clock, engine } = shop;
    engine.addService({ service: "app" });
    let attempts = 0;
    const guard: Guard = {
      nameFor: (id) => `guard-${id}`,
      watch: async ({ id }) => {
        attempts++;
        throw new HoldfastError("runtime", {
          what: `Making container guard-${id}`,
          why: "it may not be made",
        });
      },
      ...{ dismiss: async () => undefined, dismissAllBut: async () => undefined },
    };
    const services = new ServiceHolder({
      ...{ runtime: engine, journal: memoryJournal(), processes: shop.context.processes, clock, guard },
      ...{ project: "stack", onEvent: () => undefined },
    });
    const source = new ScriptedSource({ objects: {} });
    source.capture = async () => {
      throw new HoldfastError("source", { what: "Capturing", why: "not now", transient: true });
    };
    const running = backupJob(
      { ...shop.context, services },
      {
        job: testJob({ quiesce: QUIESCE, retry: { attempts: 3, initialDelay: 1000, maxDelay: 1000 } }),
        ...{ source, stores: shop.stores, trigger: "schedule", signal: new AbortController().signal },
      },
    );
    let isOver = false;
    void running.finally(() => (isOver = true));
    while (!isOver) await clock.advance(1000);
    expect(attempts).toBe(3);
    expect(shop.warnings.filter((message) => message.includes("without a guard"))).toHaveLength(1);
  });
});
