import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import type { HeldContainer, HoldMode, Intervention } from "../../ports/intervention-journal.ts";
import { standGuard } from "./stand-guard.ts";

const MINUTE = 60_000;

let engine: MemoryEngine;
let clock: FakeClock;
let journal: ReturnType<typeof memoryJournal>;
let sidecar: string;
let app: string;
let troubles: string[];

beforeEach(() => {
  engine = new MemoryEngine();
  clock = new FakeClock();
  journal = memoryJournal();
  sidecar = engine.addService({ service: "backup" });
  app = engine.addService({ service: "app" });
  troubles = [];
});

async function heldBySidecar(mode: HoldMode = "pause"): Promise<Intervention> {
  const { startedAt } = await engine.inspect(sidecar);
  const { name, startedAt: ranSince } = await engine.inspect(app);
  const held: HeldContainer = {
    ...{ id: app, name, project: "stack", service: "app", number: 1 },
    ...{ startedAt: ranSince, stopAsked: mode === "stop" },
  };
  const intervention: Intervention = {
    ...{ id: "one", job: "data", mode, graceSeconds: undefined, guard: "guard", worker: undefined },
    ...{ startedAt: clock.now(), deadline: clock.now() + 10 * MINUTE, held: [held] },
    owner: { process: new FakeMachine().startProcess().self, container: { id: sidecar, startedAt } },
  };
  await journal.begin(intervention);
  await (mode === "pause" ? engine.pause(app) : engine.stop(app));
  return intervention;
}

/** The guard, and what it has come to so far. */
function guarding() {
  const outcome: { is: string } = { is: "watches" };
  void standGuard(
    {
      ...{ runtime: engine, journal, clock, orders: { intervention: "one", after: MINUTE } },
      onTrouble: (message) => troubles.push(message),
    },
    new AbortController().signal,
  ).then((end) => (outcome.is = end));
  return outcome;
}

describe("a guard", () => {
  it("goes within a second of the end of the intervention, and has done nothing", async () => {
    await heldBySidecar();
    const guard = guarding();
    await clock.advance(5 * MINUTE);
    expect(guard.is).toBe("watches");
    expect(engine.stateOf(app)).toBe("paused");
    await journal.end("one");
    await clock.advance(1_000);
    expect(guard.is).toBe("ended");
    expect(engine.stateOf(app)).toBe("paused");
  });

  it("goes when another intervention stands in the journal", async () => {
    const first = await heldBySidecar();
    await journal.end("one");
    await journal.begin({ ...first, id: "two" });
    const guard = guarding();
    await clock.advance(0);
    expect(guard.is).toBe("ended");
    expect(engine.stateOf(app)).toBe("paused");
  });

  it.each(["pause", "stop"] as const)(
    "lets run again what %s holds, once its owner is gone for long",
    async (mode) => {
      await heldBySidecar(mode);
      const guard = guarding();
      engine.setState(sidecar, "exited");
      await clock.advance(MINUTE - 1_000);
      expect(engine.stateOf(app)).not.toBe("running");
      await clock.advance(2_000);
      expect(engine.stateOf(app)).toBe("running");
      expect(guard.is).toBe("released");
    },
  );

  it("releases when the owner was removed, or was started anew and has not done it", async () => {
    for (const vanish of [async () => engine.setState(sidecar, "running"), () => engine.remove(sidecar)]) {
      await heldBySidecar();
      const guard = guarding();
      await vanish();
      await clock.advance(MINUTE + 1_000);
      expect(guard.is).toBe("released");
      expect(engine.stateOf(app)).toBe("running");
      await journal.end("one");
    }
  });

  it("releases when a living owner outlasts its deadline by far", async () => {
    await heldBySidecar();
    const guard = guarding();
    await clock.advance(11 * MINUTE);
    expect(guard.is).toBe("watches");
    await clock.advance(2_000);
    expect(guard.is).toBe("released");
    expect(engine.stateOf(app)).toBe("running");
  });

  it("does not start what has been released, and stopped by somebody since", async () => {
    await heldBySidecar("stop");
    guarding();
    engine.setState(sidecar, "exited");
    await engine.start(app);
    await engine.stop(app);
    await clock.advance(2 * MINUTE);
    expect(engine.stateOf(app)).toBe("exited");
  });

  it("looks again while the engine restarts, and tells of that once", async () => {
    await heldBySidecar();
    const guard = guarding();
    engine.setState(sidecar, "exited");
    await clock.advance(2_000);
    engine.isGone = true;
    await clock.advance(2 * MINUTE);
    engine.isGone = false;
    await clock.advance(20_000);
    expect(guard.is).toBe("released");
    expect(engine.stateOf(app)).toBe("running");
    expect(troubles).toHaveLength(1);
  });

  it("goes on looking where a release fails", async () => {
    await heldBySidecar();
    guarding();
    engine.setState(sidecar, "exited");
    engine.beforeChange = () => {
      throw new Error("the disk is full");
    };
    await clock.advance(3 * MINUTE);
    expect(troubles).toEqual(["the disk is full"]);
    engine.beforeChange = () => undefined;
    await clock.advance(20_000);
    expect(engine.stateOf(app)).toBe("running");
  });
});
