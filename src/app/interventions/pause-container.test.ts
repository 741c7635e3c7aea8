import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";
import { pauseContainer } from "./pause-container.ts";

function workshop() {
  const engine = new MemoryEngine();
  const clock = new FakeClock();
  const id = engine.addService({ service: "app" });
  const cancel = new AbortController();
  let tries = 0;
  const pause = async (): Promise<void> => {
    let isOver = false;
    const within = (work: (signal: AbortSignal) => Promise<void>) => work(new AbortController().signal);
    const paused = pauseContainer({ id, name: "app" } as HeldContainer, {
      ...{ runtime: engine, clock, within, signal: cancel.signal },
    }).finally(() => (isOver = true));
    paused.catch(() => undefined);
    while (!isOver) await clock.advance(10);
    return paused;
  };
  return {
    ...{ engine, id, cancel, pause, tries: () => tries },
    /** Of so many tries. */
    fail: (times: number, transient = true): void => {
      engine.beforeChange = () => {
        tries += 1;
        const why = "the engine said: unable to freeze";
        if (tries <= times) throw new HoldfastError("runtime", { what: "Pausing", why, transient });
      };
    },
  };
}

it("pauses a container that the engine could not freeze at once", async () => {
  const { engine, id, fail, pause, tries } = workshop();
  fail(4);
  await pause();
  expect(engine.stateOf(id)).toBe("paused");
  expect(tries()).toBe(5);
});

it("tries so often that it ends, and says what the engine says", async () => {
  const { engine, id, fail, pause, tries } = workshop();
  fail(Infinity);
  await expect(pause()).rejects.toThrow("unable to freeze");
  expect(engine.stateOf(id)).toBe("running");
  expect(tries()).toBe(10);
});

it("does not try again what will fail again", async () => {
  const { fail, pause, tries } = workshop();
  fail(Infinity, false);
  await expect(pause()).rejects.toThrow("unable to freeze");
  expect(tries()).toBe(1);
});

it("waits for a command that was started in it meanwhile", async () => {
  const { engine, id, fail, pause } = workshop();
  fail(1);
  const before = engine.beforeChange;
  let isQuiet = true;
  engine.beforeChange = async (change) => {
    expect(isQuiet).toBe(true);
    engine.setCommands(id, { execs: 1 });
    isQuiet = false;
    // It ends only when it was looked at.
    const inspect = engine.inspect.bind(engine);
    engine.inspect = async (of: string) => {
      const seen = await inspect(of);
      engine.setCommands(id, { execs: 0 });
      isQuiet = true;
      return seen;
    };
    await before(change);
  };
  await pause();
  expect(engine.stateOf(id)).toBe("paused");
});

it("is cancelled between two tries", async () => {
  const { engine, id, cancel, fail, pause, tries } = workshop();
  fail(Infinity);
  const before = engine.beforeChange;
  engine.beforeChange = async (change) => {
    cancel.abort();
    await before(change);
  };
  await expect(pause()).rejects.toMatchObject({ code: "cancelled" });
  expect(engine.stateOf(id)).toBe("running");
  expect(tries()).toBe(1);
});
