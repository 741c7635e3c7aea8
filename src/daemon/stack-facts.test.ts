import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { HoldfastError } from "../domain/errors.ts";
import { assertNamed, askStackFacts } from "./stack-facts.ts";

function ask(runtime: MemoryEngine, named?: string) {
  return askStackFacts({ runtime, named, clock: new FakeClock(0), signal: new AbortController().signal });
}

const NOTHING = { project: undefined, labels: [], volumes: undefined, trouble: undefined };
const SCHEDULE = "holdfast.jobs.data.schedule";

describe("what the engine says of the stack", () => {
  it("is the project of the own container, and the labels of its services", async () => {
    const engine = new MemoryEngine();
    engine.own = engine.addService({ service: "backup", project: "shop" });
    engine.addService({ service: "app", project: "shop", labels: { [SCHEDULE]: "@daily", other: "label" } });
    engine.addService({ service: "app", project: "blog", labels: { [SCHEDULE]: "@hourly" } });
    expect(await ask(engine, "named")).toEqual({
      project: "shop",
      labels: [{ service: "app", name: SCHEDULE, value: "@daily" }],
      volumes: [],
      trouble: undefined,
    });
  });

  it("is asked for the named project by a process outside of a container", async () => {
    const engine = new MemoryEngine();
    engine.addService({ service: "app", project: "shop", labels: { [SCHEDULE]: "@daily" } });
    expect((await ask(engine, "shop")).labels).toHaveLength(1);
    expect(await ask(engine)).toEqual(NOTHING);
  });

  it("has the volumes of the project, unless the engine does not tell", async () => {
    const engine = new MemoryEngine();
    engine.own = engine.addService({ service: "backup", project: "shop" });
    for (const project of ["shop", "blog"])
      engine.volumesThere.push({ name: `${project}_b`, labels: {}, project, key: "b", driver: "local" });
    expect((await ask(engine)).volumes).toEqual(["shop_b"]);
    engine.volumes = () => Promise.reject(new Error("the proxy does not allow it"));
    expect(await ask(engine)).toMatchObject({ project: "shop", volumes: undefined, trouble: undefined });
  });

  it("leaves out one-off containers, and those that Compose is replacing", async () => {
    const engine = new MemoryEngine();
    engine.own = engine.addService({ service: "backup", project: "shop" });
    const old = engine.addService({ service: "app", project: "shop", labels: { [SCHEDULE]: "@hourly" } });
    const labels = { [SCHEDULE]: "@daily" };
    engine.addService({ service: "app", project: "shop", labels, replaces: old, state: "created" });
    engine.addService({ service: "app", project: "shop", oneOff: true, labels: { [SCHEDULE]: "@weekly" } });
    expect((await ask(engine)).labels.map(({ value }) => value)).toEqual(["@daily"]);
  });

  it("is nothing where there is no socket, and trouble where an engine does not answer as it should", async () => {
    const failing = (cause: Error) =>
      Object.assign(new MemoryEngine(), {
        ownContainer: () =>
          Promise.reject(new HoldfastError("runtime", { what: "Asking", why: "it did not work", cause })),
      });
    const noSocket = Object.assign(new Error("connect ENOENT /var/run/docker.sock"), { code: "ENOENT" });
    expect(await ask(failing(noSocket), "shop")).toEqual({ ...NOTHING, project: "shop", trouble: "absent" });
    const { trouble } = await ask(failing(new Error("403")));
    expect(trouble).toMatchObject({ message: expect.stringContaining("it did not work") as unknown });
  });
});

describe("a stack whose name only the engine can say", () => {
  const absent = Object.assign(new Error("no socket"), { code: "ENOENT" });

  it("is not taken for another while the engine does not answer", async () => {
    const engine = new MemoryEngine();
    engine.own = engine.addService({ service: "backup", project: "shop" });
    const why = "no container engine answers there";
    engine.ownContainer = () =>
      Promise.reject(new HoldfastError("runtime", { what: "Asking", why, transient: true }));
    const { trouble } = await ask(engine);
    expect(() => assertNamed({ isNamed: false }, trouble)).toThrow(
      /^Finding out what the stack is called failed: only the container engine can say, .*; try again, or name it/,
    );
    expect(() => assertNamed({ isNamed: true }, trouble)).not.toThrow();
  });

  it("is done without where there is no engine, or one that will never say", () => {
    for (const trouble of [undefined, "absent", absent] as const)
      expect(() => assertNamed({ isNamed: false }, trouble)).not.toThrow();
  });
});
