import type { StackEvent } from "../../domain/stack-event.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { DAY } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { openInterventionJournal } from "../../state/intervention-journal.ts";
import { ServiceHolder, type HoldRequest } from "./service-holder.ts";

let directory: string;
let engine: MemoryEngine;
let machine: FakeMachine;
let clock: FakeClock;
let events: string[];

beforeEach(() => {
  directory = temporaryDirectory();
  engine = new MemoryEngine();
  machine = new FakeMachine();
  clock = new FakeClock();
  events = [];
});

/** `at`: the time of a process that is about to be killed stands still, so that it does nothing more. */
function holder(processes: ProcessTable = machine.startProcess(), at: Clock = clock): ServiceHolder {
  const journal = openInterventionJournal(directory);
  const onEvent = ({ text }: StackEvent) => void events.push(text);
  return new ServiceHolder({
    ...{ runtime: engine, journal, processes, clock: at, guard: undefined, onEvent },
    project: "stack",
  });
}

function request(of: Partial<HoldRequest> = {}): HoldRequest {
  return {
    ...{ job: "data", mode: "pause", services: ["app"] },
    ...{ grace: 10_000, limit: 60_000, signal: new AbortController().signal },
    ...of,
  };
}

/** Lets time pass until it has ended: the disk takes its own. */
async function passing<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => (isOver = true);
  work.then(over, over);
  while (!isOver) await clock.advance(100);
  return work;
}

describe("holding services", () => {
  it("pauses what runs of them, each replica, for as long as the work takes", async () => {
    const ids = [1, 2].map((number) => engine.addService({ service: "app", number }));
    const other = engine.addService({ service: "db" });
    await holder().hold(request(), async () => {
      expect(ids.map((id) => engine.stateOf(id))).toEqual(["paused", "paused"]);
      expect(engine.stateOf(other)).toBe("running");
    });
    expect(ids.map((id) => engine.stateOf(id))).toEqual(["running", "running"]);
  });

  it("stops dependents first and starts them last", async () => {
    engine.addService({ service: "db" });
    engine.addService({ service: "app", dependsOn: ["db"] });
    await holder().hold(request({ mode: "stop", services: ["db", "app"] }), async () => undefined);
    expect(engine.done).toEqual([
      ...["stop stack-app-1", "stop stack-db-1"],
      ...["start stack-db-1", "start stack-app-1"],
    ]);
  });

  it("leaves alone what did not run, what was paused, and what somebody runs by `compose run`", async () => {
    for (const [number, state] of [
      [1, "exited"],
      [2, "paused"],
      [3, "created"],
    ] as const) {
      engine.addService({ service: "app", number, state });
    }
    engine.addService({ service: "app", number: 4, oneOff: true });
    for (const mode of ["pause", "stop"] as const)
      await holder().hold(request({ mode }), async () => undefined);
    expect(engine.done).toEqual([]);
  });

  it("refuses services that the project does not have, and itself, before it touches any", async () => {
    engine.addService({ service: "app" });
    engine.own = engine.addService({ service: "backup" });
    await expect(holder().hold(request({ services: ["app", "appp"] }), never)).rejects.toThrow(
      /has no container of appp; name services that exist \(app, backup\)/,
    );
    await expect(holder().hold(request({ services: ["backup"] }), never)).rejects.toThrow(
      /this service itself/,
    );
    expect(engine.done).toEqual([]);
  });

  it("releases what it held when the work fails, and when a service cannot be held", async () => {
    const app = engine.addService({ service: "app" });
    const db = engine.addService({ service: "db" });
    const failing = holder().hold(request(), async () => {
      throw new Error("no space");
    });
    await expect(failing).rejects.toThrow("no space");
    engine.beforeChange = (change) => {
      if (change === "pause stack-db-1") throw new Error("frozen already");
    };
    await expect(holder().hold(request({ services: ["app", "db"] }), never)).rejects.toThrow(
      /Holding service container stack-db-1 failed: frozen already; nothing was captured and everything runs again/,
    );
    expect([app, db].map((id) => engine.stateOf(id))).toEqual(["running", "running"]);
    expect(await openInterventionJournal(directory).current()).toBeUndefined();
  });

  it("tells how long they were held", async () => {
    engine.addService({ service: "app" });
    const { heldMs } = await holder().hold(request(), async () => clock.advance(250));
    expect(heldMs).toBe(250);
  });

  it("releases after the limit, and cancels the work", async () => {
    const app = engine.addService({ service: "app" });
    const held = holder().hold(request({ limit: 5_000 }), async (signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      const late = clock.advance(5_000);
      await Promise.race([promise, late.then(() => promise)]);
    });
    await expect(held).rejects.toMatchObject({ code: "timeout" });
    expect(engine.stateOf(app)).toBe("running");
  });

  it("waits for another one that holds services, so that neither takes what is held for what is to stay", async () => {
    const app = engine.addService({ service: "app" });
    const order: string[] = [];
    const inFirst = Promise.withResolvers<void>();
    const endFirst = Promise.withResolvers<void>();
    const first = holder().hold(request({ job: "one" }), async () => {
      inFirst.resolve();
      await endFirst.promise;
      order.push("first");
    });
    await inFirst.promise;
    const second = holder().hold(request({ job: "two" }), async () => {
      expect(engine.stateOf(app)).toBe("paused");
      order.push("second");
    });
    await clock.advance(500);
    endFirst.resolve();
    await first;
    await passing(second);
    expect(order).toEqual(["first", "second"]);
  });
});

describe("what a killed process had begun", () => {
  /** Killed right before the engine is asked for the change. */
  const killedBefore = async (change: string, of: Partial<HoldRequest> = {}) => {
    const processes = machine.startProcess();
    const reached = Promise.withResolvers<void>();
    engine.beforeChange = async (asked) => {
      if (asked !== change) return;
      machine.kill(processes);
      reached.resolve();
      await new Promise(() => undefined);
    };
    void holder(processes, new FakeClock()).hold(request(of), async () => undefined);
    await reached.promise;
    engine.beforeChange = () => undefined;
  };

  const settled = () => passing(holder().settle(new AbortController().signal));

  it("is ended by the next start, whatever it had come to", async () => {
    const app = engine.addService({ service: "app" });
    for (const [mode, change] of [
      ["pause", "pause stack-app-1"],
      ["pause", "unpause stack-app-1"],
      ["stop", "stop stack-app-1"],
      ["stop", "start stack-app-1"],
    ] as const) {
      await killedBefore(change, { mode });
      expect(await settled()).toMatchObject({ mode, job: "data" });
      expect(engine.stateOf(app)).toBe("running");
      expect(await settled()).toBeUndefined();
    }
    expect(events[0]).toContain("stack-app-1 run again");
  });

  it("is ended also where it held nothing yet, and said so", async () => {
    const processes = machine.startProcess();
    await openInterventionJournal(directory).begin({
      ...{ id: "id", job: "data", mode: "stop", graceSeconds: undefined, startedAt: 0, deadline: 1e15 },
      ...{
        owner: { process: processes.self, container: undefined },
        held: [],
        guard: undefined,
        worker: undefined,
      },
    });
    machine.kill(processes);
    expect(await settled()).toMatchObject({ held: [] });
    expect(events).toEqual(["Ended what a killed run of job data had begun: nothing was held yet."]);
  });

  it("is ended also where the service was made anew under another id", async () => {
    const app = engine.addService({ service: "app" });
    await killedBefore("start stack-app-1", { mode: "stop" });
    const successor = engine.recreate(app, "created");
    await settled();
    expect(engine.stateOf(successor)).toBe("running");
  });

  it("is not started again where somebody has done so and stopped it since", async () => {
    const app = engine.addService({ service: "app" });
    await killedBefore("unpause stack-app-1");
    engine.setState(app, "exited");
    await settled();
    expect(engine.stateOf(app)).toBe("exited");
  });

  it("is ended also by a process that lives on but could not release what it held", async () => {
    const app = engine.addService({ service: "app" });
    const one = holder();
    engine.beforeChange = (change) => {
      if (change === "unpause stack-app-1") throw new Error("the engine is restarting");
    };
    await expect(passing(one.hold(request(), async () => undefined))).rejects.toThrow(/run again failed/);
    expect(engine.stateOf(app)).toBe("paused");
    engine.beforeChange = () => undefined;
    expect(await passing(one.settle(new AbortController().signal))).toMatchObject({ job: "data" });
    expect(engine.stateOf(app)).toBe("running");
  });

  it("is left to a process that still lives", async () => {
    engine.addService({ service: "app" });
    // Looking takes no time; that the clock goes on meanwhile must not end the hold.
    await holder().hold(request({ limit: 1_000 * DAY }), async () => {
      expect(await settled()).toBeUndefined();
    });
  });

  it("is judged by its container where the process cannot be seen", async () => {
    const app = engine.addService({ service: "app" });
    engine.own = engine.addService({ service: "backup" });
    const elsewhere = new FakeMachine("host-b").startProcess();
    const inside = Promise.withResolvers<void>();
    void holder(elsewhere, new FakeClock()).hold(request(), async () => {
      inside.resolve();
      await new Promise(() => undefined);
    });
    await inside.promise;
    expect(await settled()).toBeUndefined();
    expect(engine.stateOf(app)).toBe("paused");
    engine.setState(engine.own, "running");
    expect(await settled()).toBeDefined();
    expect(engine.stateOf(app)).toBe("running");
  });
});

const never = async (): Promise<never> => {
  throw new Error("the work was begun");
};
