import { describe, expect, it } from "vitest";
import { HastyClock } from "../../../test/fakes/hasty-clock.ts";
import { MemoryCopyEngine } from "../../../test/fakes/memory-copy-engine.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { DrillPhases } from "../drill-phases.ts";
import { bringUpCopy } from "./bring-up-copy.ts";
import { copyLabels } from "./copy-labels.ts";
import { planCopy } from "./plan-copy.ts";
import { sweepCopies } from "./remove-copy.ts";
import { StackCopy, type CopyContext, type CopyStep } from "./stack-copy.ts";

const { signal } = new AbortController();

const mount = (volume: string) => ({
  ...{ kind: "volume" as const, volume, source: "", destination: `/${volume}`, writable: true },
});

const step = (job: string, kind: CopyStep["kind"], service?: string): CopyStep => ({
  ...{ job, kind, service },
  point: { id: `point-of-${job}`, store: "local", startedAt: 0, sourceBytes: 1 },
});

/** A stack of app, db and Holdfast, of which a copy is planned; nothing of it is made. */
async function workshop({ project = "copy", place }: { project?: string; place?: string } = {}) {
  const engine = new MemoryEngine();
  const copies = new MemoryCopyEngine(engine);
  engine.own = engine.addService({ service: "backup" });
  engine.addService({ service: "app", dependsOn: ["db"], mounts: [mount("stack_data")] });
  engine.addService({ service: "db", mounts: [mount("stack_db")] });
  engine.volumesThere.push({
    name: "stack_data",
    labels: {},
    project: "stack",
    key: "data",
    driver: "local",
  });
  const done: string[] = [];
  engine.beforeChange = (change) => void done.push(change);
  const plan = planCopy({
    ...{ project, own: await engine.inspect(engine.own), limits: {}, hasSubpaths: false, servers: ["db"] },
    of: { project: "stack", blueprints: await copies.blueprints("stack") },
    volumes: engine.volumesThere,
    data: [
      { job: "inner", kind: "volume", of: "stack_data", below: "/inner" },
      { job: "data", kind: "volume", of: "stack_data", below: "" },
    ],
    labels: copyLabels({ stack: "stack", original: "stack", project, place }),
  });
  const context: CopyContext = {
    ...{ engine: copies, runtime: engine, clock: new HastyClock(), healthLimit: 60_000 },
    fill: async ({ job }, { volume, below }) => (done.push(`fill ${volume.name}${below} from ${job}`), []),
    giveDumps: async ({ job }) => (done.push(`dumps of ${job}`), ["slow"]),
    failedChecks: async () => [],
    tell: () => undefined,
  };
  const steps = [step("inner", "volume"), step("data", "volume"), step("users", "dump", "db")];
  const copy = new StackCopy(context, plan);
  const bringUp = () =>
    bringUpCopy(copy, { steps, servers: ["db"], phases: new DrillPhases(context.clock), signal });
  return { engine, copies, done, copy, context, bringUp };
}

const namesOf = async (engine: MemoryEngine) => (await engine.containers({})).map(({ name }) => name).sort();

describe("StackCopy", () => {
  it("fills volumes before there are containers, directories before what is in them, dumps into servers that run, then starts", async () => {
    const { done, bringUp } = await workshop();
    const running = await bringUp();
    expect(done).toEqual([
      "create network copy_default",
      "fill copy_data from data",
      "fill copy_data/inner from inner",
      ...["create copy-app-1", "create copy-db-1"],
      ...["start copy-db-1", "dumps of users", "start copy-app-1"],
    ]);
    expect(running).toMatchObject({ failures: [], warnings: ["users: slow"] });
    expect(running.services.map(({ container }) => container).sort()).toEqual(["copy-app-1", "copy-db-1"]);
  });

  it("leaves nothing when it is removed, and nothing of the original is missing", async () => {
    const { engine, copies, copy, bringUp } = await workshop();
    const before = await namesOf(engine);
    await bringUp();
    await copy.remove();
    expect(await namesOf(engine)).toEqual(before);
    expect(copies.networksThere).toEqual([]);
    expect(engine.volumesThere.map(({ name }) => name)).toEqual(["stack_data"]);
  });

  it("refuses a project that is there already, also one of which there is no more than a volume of its name", async () => {
    const { engine, copy, done, bringUp } = await workshop();
    engine.volumesThere.push({
      name: "copy_data",
      labels: {},
      project: undefined,
      key: undefined,
      driver: "local",
    });
    await expect(bringUp()).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("there is one already (1 volume)") as unknown,
    });
    expect(copy.isBegun).toBe(false);
    expect(done).toEqual([]);
  });

  it("is well only where every service is up and every check passes", async () => {
    const { engine, context, bringUp } = await workshop();
    context.failedChecks = async (jobs) => [`${jobs.length} jobs are not well`];
    engine.logs = "all good\nERROR: no money";
    const { failures, services } = await bringUp();
    expect(failures).toEqual(["3 jobs are not well"]);
    expect(services.map(({ error }) => error)).toEqual(["ERROR: no money", "ERROR: no money"]);
  });

  it("says what removes it where that fails", async () => {
    const { engine, copy, bringUp } = await workshop();
    await bringUp();
    engine.isGone = true;
    engine.remove = () => Promise.reject(new Error("the engine is gone"));
    await expect(copy.remove()).rejects.toThrow("`docker compose --project-name copy down --volumes`");
  });
});

describe("sweepCopies", () => {
  it("removes copies of drills that live no more, and neither those of other drills nor one that somebody asked for", async () => {
    const { engine, copies, bringUp } = await workshop({ project: "left", place: "dead" });
    await bringUp();
    const remover = { engine: copies, runtime: engine };
    for (const [project, place] of [
      ["going", "alive"],
      ["wanted", undefined],
    ] as const) {
      const labels = copyLabels({ stack: "stack", original: "stack", project, place });
      await copies.createNetwork({ name: `${project}_default`, labels });
      await copies.createVolume({ name: `${project}_data`, labels });
    }
    const removed = await sweepCopies(remover, { stack: "stack", places: async () => ["alive"] }, signal);
    expect(removed).toEqual(["left"]);
    expect(copies.networksThere.map(({ name }) => name)).toEqual(["going_default", "wanted_default"]);
    expect(engine.volumesThere.map(({ name }) => name)).toEqual(["stack_data", "going_data", "wanted_data"]);
    expect(await namesOf(engine)).toEqual(["stack-app-1", "stack-backup-1", "stack-db-1"]);
  });

  it("finds one of which only a volume is left, and leaves alone what is of another stack", async () => {
    const { engine, copies } = await workshop();
    const of = (stack: string) =>
      copyLabels({ stack, original: stack, project: `${stack}-drill`, place: "dead" });
    await copies.createVolume({ name: "half", labels: of("stack") });
    await copies.createVolume({ name: "foreign", labels: of("other") });
    const remover = { engine: copies, runtime: engine };
    expect(await sweepCopies(remover, { stack: "stack", places: async () => [] }, signal)).toEqual([
      "stack-drill",
    ]);
    expect(engine.volumesThere.map(({ name }) => name)).toEqual(["stack_data", "foreign"]);
  });
});
