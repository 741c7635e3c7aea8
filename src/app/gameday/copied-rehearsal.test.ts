import { describe, expect, it } from "vitest";
import { HastyClock } from "../../../test/fakes/hasty-clock.ts";
import { MemoryCopyEngine } from "../../../test/fakes/memory-copy-engine.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import type { GamedayScenario } from "../../domain/gameday.ts";
import { DrillPhases } from "../drill-phases.ts";
import { copyLabels } from "../project-copy/copy-labels.ts";
import { planCopy } from "../project-copy/plan-copy.ts";
import { StackCopy, type CopyContext, type CopyStep } from "../project-copy/stack-copy.ts";
import { CopiedRehearsal } from "./copied-rehearsal.ts";

const { signal } = new AbortController();

const mount = (volume: string) => ({
  ...{ kind: "volume" as const, volume, source: "", destination: `/${volume}`, writable: true },
});
const step = (job: string, kind: CopyStep["kind"], sourceBytes: number, service?: string): CopyStep => ({
  ...{ job, kind, service },
  point: { id: `point-of-${job}`, store: "local", startedAt: 0, sourceBytes },
});
const volume = (name: string) => ({
  ...{ name: `stack_${name}`, labels: {}, project: "stack", key: name, driver: "local" },
});

const STEPS = [step("data", "volume", 1), step("uploads", "volume", 2), step("users", "dump", 3, "db")];

/** A stack of web, app, db and Holdfast, and a rehearsal on a copy of it. */
async function workshop(scenario: GamedayScenario, job?: string) {
  const engine = new MemoryEngine();
  const copies = new MemoryCopyEngine(engine);
  engine.own = engine.addService({ service: "backup" });
  engine.addService({ service: "web", dependsOn: ["app"], mounts: [mount("stack_uploads")] });
  engine.addService({
    service: "app",
    dependsOn: ["db"],
    mounts: ["stack_data", "stack_uploads"].map(mount),
  });
  engine.addService({ service: "db", mounts: [mount("stack_db")] });
  engine.volumesThere.push(...["data", "uploads", "db"].map(volume));
  const done: string[] = [];
  engine.beforeChange = (change) => void done.push(change);
  const data = ["data", "uploads"].map((name) => ({
    ...{ job: name, kind: "volume" as const, of: `stack_${name}`, below: "" },
  }));
  const plan = planCopy({
    ...{ project: "copy", own: await engine.inspect(engine.own), limits: {}, hasSubpaths: false, data },
    of: { project: "stack", blueprints: await copies.blueprints("stack") },
    ...{ servers: ["db"], volumes: engine.volumesThere },
    labels: copyLabels({ stack: "stack", original: "stack", project: "copy" }),
  });
  const clock = new HastyClock();
  const context: CopyContext = {
    ...{ engine: copies, runtime: engine, clock, healthLimit: 60_000 },
    fill: async (of, { volume: to }) => (done.push(`fill ${to.name} from ${of.job}`), []),
    giveDumps: async (of) => (done.push(`dumps of ${of.job}`), []),
    failedChecks: async () => [],
    tell: () => undefined,
  };
  const createVolume = copies.createVolume.bind(copies);
  copies.createVolume = async (of) => (done.push(`create ${of.name}`), createVolume(of));
  const rehearsal = new CopiedRehearsal({
    ...{ copy: new StackCopy(context, plan), engine: copies, runtime: engine, steps: STEPS },
    ...{ scenario, job, phases: new DrillPhases(clock), tell: () => undefined },
  });
  const doing = async (work: () => Promise<unknown>) => {
    done.length = 0;
    await work();
    return [...done];
  };
  return { engine, context, rehearsal, doing };
}

describe("a rehearsal on a copy", () => {
  it("of a lost volume empties the largest one, and restores that alone while nobody uses it", async () => {
    const { rehearsal, doing } = await workshop("volume-loss");
    await rehearsal.prepare(signal);
    expect(await doing(() => rehearsal.strike(signal))).toEqual([
      ...[
        "create copy_uploads",
        "create copy-web-1",
        "create copy-app-1",
        "start copy-app-1",
        "start copy-web-1",
      ],
    ]);
    expect((await rehearsal.symptoms(signal))[0]).toContain("what they had stored is not there");
    expect(await doing(() => rehearsal.recover(signal))).toEqual([
      ...["stop copy-web-1", "stop copy-app-1", "stop copy-db-1", "fill copy_uploads from uploads"],
      ...["start copy-db-1", "start copy-app-1", "start copy-web-1"],
    ]);
    expect(await rehearsal.failures(signal)).toEqual([]);
  });

  it("takes the volume of the job that was named", async () => {
    const { rehearsal, doing } = await workshop("volume-loss", "data");
    await rehearsal.prepare(signal);
    expect(await rehearsal.strike(signal)).toEqual({ job: "data", services: ["copy-app-1"] });
    expect(await doing(() => rehearsal.recover(signal))).toContain("fill copy_data from data");
  });

  it("of a lost database begins its server anew, and gives it the dump while nobody else writes", async () => {
    const { rehearsal, doing } = await workshop("database-loss");
    await rehearsal.prepare(signal);
    expect(await doing(() => rehearsal.strike(signal))).toEqual([
      ...["create copy_db", "create copy-db-1", "start copy-db-1"],
    ]);
    expect(await doing(() => rehearsal.recover(signal))).toEqual([
      ...["stop copy-web-1", "stop copy-app-1", "dumps of users", "start copy-app-1", "start copy-web-1"],
    ]);
  });

  it("of a crash stops what nobody else needs, and starts it again", async () => {
    const { rehearsal, doing } = await workshop("container-crash");
    await rehearsal.prepare(signal);
    expect(await rehearsal.strike(signal)).toEqual({ job: undefined, services: ["web"] });
    expect((await rehearsal.symptoms(signal)).join()).toContain("copy-web-1 is exited");
    expect(await doing(() => rehearsal.recover(signal))).toEqual(["start copy-web-1"]);
  });

  it("of a lost stack makes all of it again, and never touches the stack itself", async () => {
    const { engine, rehearsal } = await workshop("stack-loss");
    const before = (await engine.containers({ project: "stack" })).map(({ name, state }) => [name, state]);
    await rehearsal.prepare(signal);
    await rehearsal.strike(signal);
    expect(await rehearsal.symptoms(signal)).toEqual([
      "Nothing of the stack is there: no container, no volume.",
    ]);
    await rehearsal.recover(signal);
    expect(await rehearsal.failures(signal)).toEqual([]);
    expect((await engine.containers({ project: "copy" })).length).toBe(3);
    await rehearsal.remove();
    expect(await engine.containers({ project: "copy" })).toEqual([]);
    expect((await engine.containers({ project: "stack" })).map(({ name, state }) => [name, state])).toEqual(
      before,
    );
    expect(engine.volumesThere.map(({ name }) => name)).toEqual(["stack_data", "stack_uploads", "stack_db"]);
  });

  it("refuses a job that the scenario cannot take, and a copy that is not well before anything is done to it", async () => {
    await expect(workshop("database-loss", "data")).rejects.toThrow("job data is no dump");
    const { context, rehearsal } = await workshop("volume-loss");
    context.failedChecks = async () => ["data: its check failed"];
    await expect(rehearsal.prepare(signal)).rejects.toThrow("data: its check failed");
  });
});
