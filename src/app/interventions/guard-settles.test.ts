import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { Intervention } from "../../ports/intervention-journal.ts";
import { endWork } from "./end-work.ts";
import { standGuard } from "./stand-guard.ts";

const MINUTE = 60_000;
const AGAIN = 10_000;

let engine: MemoryEngine;
let clock: FakeClock;
let journal: ReturnType<typeof memoryJournal>;
let app: string;
/** Is there as long as the source is half the old and half the new one. */
let half: string;
let troubles: string[];

beforeEach(() => {
  engine = new MemoryEngine();
  clock = new FakeClock();
  journal = memoryJournal();
  app = engine.addService({ service: "app" });
  half = join(temporaryDirectory(), "half");
  mkdirSync(half);
  troubles = [];
});

/** Of a sidecar that was removed for good; `settle` is what runs in the container that settles. */
async function restoreLeftBy(settle: string): Promise<void> {
  const { name, startedAt } = await engine.inspect(app);
  const intervention: Intervention = {
    ...{ id: "one", job: "data", mode: "stop", graceSeconds: undefined, guard: "guard" },
    ...{ startedAt: clock.now(), deadline: clock.now() + 10 * MINUTE },
    held: [{ id: app, name, project: "stack", service: "app", number: 1, startedAt, stopAsked: true }],
    worker: {
      container: "worker",
      settle: {
        ...{ name: "settle", image: "image", command: ["sh", "-c", settle], labels: {} },
        ...{ mounts: [], capabilities: [] },
      },
    },
    owner: { process: new FakeMachine().startProcess().self, container: { id: "gone", startedAt: 1 } },
  };
  await journal.begin(intervention);
  await engine.stop(app);
}

/** Resolves with what the guard came to. */
function guard(): Promise<string> {
  const orders = { intervention: "one", after: MINUTE };
  const onTrouble = (message: string) => void troubles.push(message);
  return standGuard({ runtime: engine, journal, clock, orders, onTrouble }, new AbortController().signal);
}

/** A container's command takes time of its own, in which the clock stands still. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

describe("a guard of a restore in place that nobody ends", () => {
  it("lets services run only once their source is wholly the old or the new one", async () => {
    await restoreLeftBy(`rmdir '${half}'`);
    const during: [string, boolean][] = [];
    engine.beforeChange = (change) => void during.push([change, existsSync(half)]);
    const end = guard();
    await clock.advance(MINUTE + 1_000);
    expect(await end).toBe("released");
    expect(during).toEqual([
      ["create settle", true],
      ["start stack-app-1", false],
    ]);
    expect(engine.stateOf(app)).toBe("running");
    await expect(engine.inspect("settle")).rejects.toMatchObject({ code: "not-found" });
  });

  it("keeps them from running while it cannot be, says so, and tries again", async () => {
    const fixed = `${half}.fixed`;
    await restoreLeftBy(`[ -e '${fixed}' ] || { echo the disk is broken >&2; exit 1; }; rmdir '${half}'`);
    const end = guard();
    await clock.advance(MINUTE + 1_000);
    await until(() => troubles.length > 0);
    expect(troubles[0]).toMatch(/restore of job data in place failed: the disk is broken; it is tried again/);
    expect(engine.stateOf(app)).toBe("exited");
    mkdirSync(fixed);
    await until(() => clock.sleeping > 0);
    await clock.advance(AGAIN);
    expect(await end).toBe("released");
    expect(engine.stateOf(app)).toBe("running");
  });

  it("does so again once a right that it lost is given back", async () => {
    await restoreLeftBy(`rmdir '${half}'`);
    engine.beforeChange = (change) => {
      if (change === "create settle") throw new Error("the proxy does not let that through");
    };
    const end = guard();
    await clock.advance(3 * MINUTE);
    expect(troubles).toEqual(["the proxy does not let that through"]);
    expect(engine.stateOf(app)).toBe("exited");
    engine.beforeChange = () => undefined;
    await clock.advance(AGAIN);
    expect(await end).toBe("released");
    expect(engine.stateOf(app)).toBe("running");
  });

  it("ends what outlasts its deadline by far before anything runs beside it", async () => {
    await restoreLeftBy(`rmdir '${half}'`);
    const worker = await engine.create({ name: "worker", image: "image", command: [], labels: {} });
    engine.setState(worker, "running");
    const changes: string[] = [];
    engine.beforeChange = (change) => void changes.push(change);
    const end = guard();
    await clock.advance(9 * MINUTE);
    expect(changes).toEqual([]);
    await clock.advance(2 * MINUTE + 1_000);
    expect(await end).toBe("released");
    expect(changes).toEqual(["stop worker", "create settle", "start stack-app-1"]);
    expect(engine.stateOf(worker)).toBeUndefined();
  });

  it("takes away what a settlement that was killed has left, also where nothing is left to settle", async () => {
    await restoreLeftBy("true");
    await engine.create({ name: "settle", image: "image", command: [], labels: {} });
    const open = await journal.current();
    if (open === undefined) throw new Error("nothing is open");
    await endWork(open, { runtime: engine, clock, mayBeHalf: async () => false });
    await expect(engine.inspect("settle")).rejects.toMatchObject({ code: "not-found" });
  });
});
