import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";
import { awaitQuietMoment } from "./quiet-moment.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const { signal } = new AbortController();

function workshop() {
  const engine = new MemoryEngine();
  const clock = new FakeClock(NOW);
  const id = engine.addService({ service: "app" });
  const held = { id } as HeldContainer;
  let waited: number | undefined;
  const from = clock.monotonic();
  const waiting = async (): Promise<void> => {
    await awaitQuietMoment([held], { runtime: engine, clock, signal });
    waited = clock.monotonic() - from;
  };
  /** How long it waits while time passes, and the engine does what is said at each moment. */
  const wait = async (at: (elapsed: number) => void = () => undefined): Promise<number> => {
    const work = waiting();
    while (waited === undefined) {
      at(clock.monotonic() - from);
      await clock.advance(50);
    }
    await work;
    return waited;
  };
  return { engine, id, wait };
}

const next = (inMs: number, every = 30_000) => ({ probe: { every, nextAt: NOW + inMs } });

it("is now where no command runs, and no health check is due soon", async () => {
  const { engine, id, wait } = workshop();
  engine.setCommands(id, { execs: 0, ...next(5_000) });
  expect(await wait()).toBe(0);
});

it("is after the health check that is due soon, is being started, or runs", async () => {
  const { engine, id, wait } = workshop();
  engine.setCommands(id, { execs: 0, ...next(400) });
  const waited = await wait((elapsed) => {
    // Due, but not yet seen to run; then it runs; then it has ended.
    if (elapsed >= 1_200) engine.setCommands(id, { execs: 0, ...next(31_200) });
    else if (elapsed >= 600) engine.setCommands(id, { execs: 1, ...next(400) });
  });
  expect(waited).toBeGreaterThanOrEqual(1_200);
});

it("is between two checks that come faster than any margin", async () => {
  const { engine, id, wait } = workshop();
  engine.setCommands(id, { execs: 0, ...next(900, 1_000) });
  expect(await wait()).toBe(0);
});

it("is not waited for when commands run all the time", async () => {
  const { engine, id, wait } = workshop();
  engine.setCommands(id, { execs: 3 });
  expect(await wait()).toBeGreaterThanOrEqual(10_000);
});

it("is not kept by a container that was removed meanwhile", async () => {
  const { engine, id, wait } = workshop();
  engine.setCommands(id, { execs: 1 });
  const waited = await wait((elapsed) => {
    if (elapsed >= 500) void engine.remove(id);
  });
  expect(waited).toBeLessThan(1_000);
});
