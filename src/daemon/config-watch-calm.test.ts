/** How often the engine is asked when it tells of no changes itself. */
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { HoldfastError } from "../domain/errors.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import { watchConfig } from "./config-watch.ts";
import { askStackFacts } from "./stack-facts.ts";

const FORBIDDEN = new HoldfastError("runtime", {
  what: "Watching the containers",
  why: "the engine's socket proxy does not allow GET /events",
});
const RESTARTING = new HoldfastError("runtime", {
  ...{ what: "Watching the containers", why: "the engine ended the connection", transient: true },
});

let engine: MemoryEngine;
let clock: FakeClock;
let asked: number;

beforeEach(() => {
  engine = new MemoryEngine();
  engine.own = engine.addService({ service: "backup" });
  clock = new FakeClock(0);
  asked = 0;
  const list = engine.containers.bind(engine);
  engine.containers = (filter) => (asked++, list(filter));
});

/** Gives how often the engine was asked meanwhile, and what was told. */
async function watchedFor(minutes: number, atHalf: () => void = () => undefined) {
  const stop = new AbortController();
  const told: string[] = [];
  const seen = { changes: 0 };
  const ask = (signal: AbortSignal) => askStackFacts({ runtime: engine, clock, named: undefined, signal });
  const facts = await ask(stop.signal);
  asked = 0;
  const watching = watchConfig(
    {
      ...{ clock, ask, read: async () => "same", loaded: () => ({ text: "same", facts }) },
      follow: (project, onChange, signal) => engine.watch({ project }, onChange, signal),
      onChange: () => void seen.changes++,
      onBlind: ({ message }) => void told.push(message),
    },
    stop.signal,
  );
  for (let passed = 0; passed < minutes * MINUTE; passed += SECOND) {
    if (passed === Math.floor(minutes / 2) * MINUTE) atHalf();
    await clock.advance(SECOND);
  }
  stop.abort();
  await watching;
  return { told, ...seen };
}

describe("the labels of a stack", () => {
  it("are asked for once a minute where a proxy does not let events through, which is said once", async () => {
    engine.watch = () => Promise.reject(FORBIDDEN);
    const { told } = await watchedFor(60);
    expect(told).toEqual([FORBIDDEN.message]);
    expect(asked).toBeLessThanOrEqual(61);
    expect(asked).toBeGreaterThan(50);
  });

  it("are still seen to change then", async () => {
    engine.watch = () => Promise.reject(FORBIDDEN);
    const label = { "holdfast.defaults.timeout": "1h" };
    const { changes } = await watchedFor(4, () => engine.addService({ service: "app", labels: label }));
    expect(changes).toBeGreaterThan(0);
  });

  it("are asked for once a minute, too, where a proxy does not even let them be asked for", async () => {
    engine.containers = async () => {
      asked++;
      throw FORBIDDEN;
    };
    await watchedFor(60);
    expect(asked).toBeLessThanOrEqual(61);
  });

  it("are followed again at once after an engine that restarted, and nothing is said", async () => {
    let follows = 0;
    engine.watch = async (_filter, _onChange, signal) => {
      if (++follows === 1) throw RESTARTING;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    };
    const { told } = await watchedFor(1);
    expect({ follows, told }).toEqual({ follows: 2, told: [] });
  });
});
