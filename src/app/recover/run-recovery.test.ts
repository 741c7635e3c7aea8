import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { passing } from "../../../test/fakes/passing-time.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { planRecovery, type RecoverableJob, type RecoveryPlan } from "../../domain/recovery-plan.ts";
import type { RecoveryLog, RecoveryRecord } from "../../ports/recovery-log.ts";
import { runRecovery, type RecoveryContext } from "./run-recovery.ts";
import { StackServices } from "./stack-services.ts";

const { signal } = new AbortController();

/** What a killed process leaves is what it wrote last. */
class MemoryLog implements RecoveryLog {
  text: string | undefined;
  current = async () => (this.text === undefined ? undefined : (JSON.parse(this.text) as RecoveryRecord));
  write = async (record: RecoveryRecord) => void (this.text = JSON.stringify(record));
  end = async () => (this.drop(), "report");
  drop = async () => void (this.text = undefined);
}

describe("a recovery", () => {
  let engine: MemoryEngine;
  let clock: FakeClock;
  let log: MemoryLog;
  let done: string[];
  let copies: number;
  let killAt: string | undefined;
  let failAt: string | undefined;
  let nesting: ReadonlyMap<string, number>;
  let failure: () => Error;
  let reached: Promise<void>;
  let killed: () => Promise<void>;

  beforeEach(() => {
    engine = new MemoryEngine();
    clock = new FakeClock("2026-11-22T05:00:00Z");
    log = new MemoryLog();
    done = [];
    copies = 0;
    nesting = new Map();
    killAt = failAt = undefined;
    failure = () => new HoldfastError("store", { what: "Reading it", why: "the store is gone" });
    reached = new Promise((resolve) => {
      killed = () => (resolve(), new Promise(() => undefined));
    });
    engine.beforeChange = (change) => note(change);
  });

  /** What is killed there never hears of it. */
  const note = (what: string): void | Promise<void> => {
    if (what === failAt) throw failure();
    if (what === killAt) return killed();
    done.push(what);
  };

  const stack = (state: "running" | "created" = "running") => {
    engine.own = engine.addService({ service: "backup", oneOff: true });
    const [db, app, web] = [
      engine.addService({ service: "db", state }),
      engine.addService({ service: "app", dependsOn: ["db"], state }),
      engine.addService({ service: "web", dependsOn: ["app"], state }),
    ];
    return { db, app, web };
  };

  const job = (name: string, of: Partial<RecoverableJob>): RecoverableJob => ({
    ...{ job: name, kind: "volume", service: undefined, users: [], measured: undefined },
    point: { id: `of-${name}`, store: "local", startedAt: clock.now() - 1000, sourceBytes: 1 },
    ...of,
  });
  const jobs = () => [
    job("users", { kind: "dump", service: "db", users: ["app"] }),
    job("uploads", { users: ["app"] }),
  ];

  const services = () => new StackServices({ runtime: engine, clock, project: "stack", healthLimit: 10_000 });

  async function planNow(isPartial = false): Promise<RecoveryPlan> {
    const seen = (await services().all(signal)).map(({ state, compose }) => ({
      service: compose?.service ?? "",
      dependsOn: compose?.dependsOn ?? [],
      isRunning: state === "running",
    }));
    return planRecovery({
      ...{ now: clock.now(), jobs: jobs(), leftAlone: [], services: seen, isPartial, parallel: 1 },
    });
  }

  function recordOf({ restores }: RecoveryPlan): RecoveryRecord {
    return {
      ...{ id: "one", stack: "stack", startedAt: clock.now(), at: undefined, only: [], stopped: [] },
      steps: restores.map(({ job: name, kind, point }) => ({
        ...{ job: name, kind, point, begunAt: undefined, doneAt: undefined, ms: undefined },
        ...{ safety: undefined, warnings: [] },
      })),
      ...{ changedAt: undefined, servicesStartedAt: undefined, attempts: 0 },
    };
  }

  /** As the command does it. */
  async function begin(until = signal) {
    const plan = await planNow();
    const record = (await log.current()) ?? recordOf(plan);
    const context: RecoveryContext = {
      ...{ clock, log, services: services(), tell: () => undefined, nesting },
      failedChecks: async () => [],
      restore: async (step, { isFresh, replacing }) => {
        await note(`keep ${step.job}`);
        await replacing(isFresh ? `copy ${(copies += 1)} of ${step.job}` : undefined);
        await note(`restore ${step.job}`);
        return { safety: undefined, warnings: [] };
      },
    };
    return runRecovery(context, { plan, record, signal: until });
  }
  const recover = () => passing(begin(), { clock, engine });

  const runs = ({ db, app, web }: ReturnType<typeof stack>) => [db, app, web].map((id) => engine.stateOf(id));

  it("stops who works with the data, restores volumes, then dumps, and starts services after what they need", async () => {
    const of = stack();
    const { failures } = await recover();
    expect(done).toEqual([
      ...["stop stack-web-1", "stop stack-app-1"],
      ...["keep uploads", "restore uploads", "keep users", "restore users"],
      ...["start stack-app-1", "start stack-web-1"],
    ]);
    expect(failures).toEqual([]);
    expect(runs(of)).toEqual(["running", "running", "running"]);
  });

  it("starts what Compose has made and never started: servers before their dumps, all else after", async () => {
    const of = stack("created");
    await recover();
    expect(done).toEqual([
      ...["keep uploads", "restore uploads", "start stack-db-1", "keep users", "restore users"],
      ...["start stack-app-1", "start stack-web-1"],
    ]);
    expect(runs(of)).toEqual(["running", "running", "running"]);
  });

  it("lets what ran run again when the first restore fails, as nothing was changed", async () => {
    const of = stack();
    failAt = "restore uploads";
    await expect(recover()).rejects.toThrow(/the store is gone; nothing was changed/);
    expect(runs(of)).toEqual(["running", "running", "running"]);
    expect(await log.current()).toBeUndefined();
  });

  it("keeps services stopped while only a part is back, and goes on with the rest", async () => {
    const of = stack();
    failAt = "restore users";
    await expect(recover()).rejects.toThrow(/goes on where it stopped/);
    expect(runs(of)).toEqual(["running", "exited", "exited"]);
    failAt = undefined;
    done = [];
    await recover();
    expect(done).toEqual(["keep users", "restore users", "start stack-app-1", "start stack-web-1"]);
  });

  it("restores all of it again when a service has worked with a part meanwhile", async () => {
    const of = stack();
    failAt = "restore users";
    await expect(recover()).rejects.toThrow();
    failAt = undefined;
    engine.setStart(of.app, () => clock.now() + 1);
    done = [];
    await recover();
    expect(done).toContain("restore uploads");
  });

  const CHANGES = [
    ...["stop stack-web-1", "stop stack-app-1"],
    ...["keep uploads", "restore uploads", "keep users", "restore users"],
    ...["start stack-app-1", "start stack-web-1"],
  ];

  it.each(CHANGES)("ends the same way after it was killed at: %s", async (change) => {
    const of = stack();
    killAt = change;
    void begin();
    await passing(reached, { clock, engine });
    killAt = undefined;
    const { failures, record: ended } = await recover();
    expect(failures).toEqual([]);
    expect(ended.steps.map(({ safety }) => safety?.split(";").length)).toEqual([1, 1]);
    expect(ended.steps.every(({ doneAt }) => doneAt !== undefined)).toBe(true);
    expect(runs(of)).toEqual(["running", "running", "running"]);
  });

  const killedAt = async (change: string): Promise<void> => {
    killAt = change;
    void begin();
    await passing(reached, { clock, engine });
    killAt = undefined;
  };

  it("starts nothing when a restore that goes on fails, as the killed one may have changed something", async () => {
    const of = stack();
    await killedAt("restore uploads");
    failAt = "keep uploads";
    await expect(recover()).rejects.toThrow(/stay stopped until it has ended/);
    expect(runs(of)).toEqual(["running", "exited", "exited"]);
    expect(await log.current()).toBeDefined();
  });

  it.each(["runtime", "internal"] as const)(
    "starts nothing when a first restore ends with %s, of which nobody knows how far it came",
    async (code) => {
      const of = stack();
      failAt = "restore uploads";
      failure = () => new HoldfastError(code, { what: "Restoring", why: "the engine has gone" });
      await expect(recover()).rejects.toThrow(/stay stopped until it has ended/);
      expect(runs(of)).toEqual(["running", "exited", "exited"]);
    },
  );

  it("starts nothing when it is cancelled while something is replaced, and what ran when it is before", async () => {
    const of = stack();
    for (const [at, states] of [
      ["keep uploads", ["running", "running", "running"]],
      ["restore uploads", ["running", "exited", "exited"]],
    ] as const) {
      const controller = new AbortController();
      failAt = at;
      failure = () => (controller.abort(), new HoldfastError("store", { what: "Reading", why: "cancelled" }));
      await expect(passing(begin(controller.signal), { clock, engine })).rejects.toThrow();
      expect(runs(of)).toEqual(states);
    }
  });

  it("knows after a kill where what was there before is, and keeps no copy of what it had restored itself", async () => {
    stack();
    await killedAt("restore uploads");
    const { record } = await recover();
    expect(record.steps.map(({ safety }) => safety)).toEqual(["copy 1 of uploads", "copy 2 of users"]);
  });

  it("keeps beside it what services have written since it was cut off", async () => {
    const of = stack();
    await killedAt("restore users");
    engine.setState(of.app, "running");
    engine.setStart(of.app, () => clock.now() + 1);
    const { record } = await recover();
    expect(record.steps.map(({ safety }) => safety)).toEqual([
      "copy 1 of uploads; copy 3 of uploads",
      "copy 2 of users; copy 4 of users",
    ]);
  });

  it("looks for errors only in what was logged since it began", async () => {
    stack();
    const began = clock.now();
    await recover();
    expect(engine.logsAsked.get("stack-db-1")).toBeGreaterThanOrEqual(began);
  });

  it("tells of a service that does not come up, and of errors in logs", async () => {
    const { app } = stack();
    engine.logs = "starting\n2026 ERROR no table users\n";
    const { services: checks } = await recover();
    expect(checks.find(({ container }) => container === "stack-app-1")?.error).toContain("no table users");
    engine.setState(app, "exited");
    engine.beforeChange = (change) => {
      if (change === "start stack-app-1")
        throw new HoldfastError("runtime", { what: change, why: "no image" });
    };
    await expect(recover()).rejects.toThrow(/no image/);
  });

  it("takes no notice of what PostgreSQL says to who asks too early", async () => {
    stack();
    engine.logs = "UTC [56] FATAL:  the database system is starting up\n";
    expect((await recover()).services.map(({ error }) => error)).toEqual(Array(3).fill(undefined));
    engine.logs += "UTC [60] FATAL:  role app does not exist\n";
    expect((await recover()).services[0]?.error).toContain("role app");
  });

  it("says that everything is restored when only a service cannot be started", async () => {
    stack();
    failAt = "start stack-app-1";
    await expect(recover()).rejects.toThrow(/everything is restored, but not every service was started/);
    failAt = undefined;
    done = [];
    await recover();
    expect(done).toEqual(["start stack-app-1", "start stack-web-1"]);
  });
});
