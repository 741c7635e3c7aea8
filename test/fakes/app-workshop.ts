/** The use cases over stores in memory and a fake clock: what a test of src/app begins with. */
import type { AppContext } from "../../src/app/app-context.ts";
import { Catalog } from "../../src/app/catalog.ts";
import { HeldLocks } from "../../src/app/held-locks.ts";
import { observeAll } from "../../src/app/observe-all.ts";
import { Hooks } from "../../src/app/interventions/run-hooks.ts";
import { ServiceHolder } from "../../src/app/interventions/service-holder.ts";
import { StackLocks } from "../../src/app/stack-lock.ts";
import type { Job } from "../../src/domain/job.ts";
import type { RunRecord } from "../../src/domain/run.ts";
import { openMemoryState } from "../../src/state/sqlite-state.ts";
import { MemoryStore } from "../../src/stores/memory/memory-store.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeIndexCache } from "./index-cache.ts";
import { noKeys } from "./keys.ts";
import { FaultyStore } from "./faulty-store.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { memoryJournal } from "./memory-journal.ts";
import { FakeMachine } from "./process-tables.ts";

export const STACK = "s";

export function appWorkshop(storeNames: readonly string[] = ["local"]) {
  const clock = new FakeClock("2026-11-20T03:00:00Z");
  const random = () => 0.5;
  const stores = storeNames.map((name) => new FaultyStore(new MemoryStore({ name, clock })));
  const finished: RunRecord[] = [];
  const warnings: string[] = [];
  const events: string[] = [];
  const processes = new FakeMachine("host").startProcess();
  const locks = new StackLocks({ clock, processes, random });
  const engine = new MemoryEngine();
  const indexes = new FakeIndexCache();
  const context: AppContext = {
    ...{ clock, random, processes, runtime: engine },
    recoveries: { current: async () => undefined },
    stack: STACK,
    tool: { name: "holdfast", version: "1.2.3" },
    actor: "command:test",
    catalog: new Catalog(),
    locks: new HeldLocks({ locks, stack: STACK, wait: 0, onEvent: ({ text }) => events.push(text) }),
    services: new ServiceHolder({
      ...{ runtime: engine, journal: memoryJournal(), processes, clock },
      ...{ project: "stack", guard: undefined, onEvent: ({ text }) => events.push(text) },
    }),
    freezer: { prepare: () => Promise.reject(new Error("no file system is frozen here")) },
    hooks: new Hooks({ runtime: engine, clock, project: "stack", http: { call: async () => undefined } }),
    state: openMemoryState(),
    indexes,
    encryption: undefined,
    keys: noKeys,
    hideSecrets: (text) => text,
    observer: observeAll([
      { runWarned: (_run, message) => warnings.push(message), runFinished: (run) => finished.push(run) },
    ]),
  };
  return {
    clock,
    stores,
    store: stores[0] as FaultyStore,
    context,
    indexes,
    engine,
    locks,
    finished,
    warnings,
    events,
  };
}

export function testJob(overrides: Partial<Job> = {}): Job {
  return {
    name: "data",
    sourceKind: "scripted",
    schedule: undefined,
    timezone: "UTC",
    stores: ["local"],
    retention: {},
    keepFor: {},
    prunedElsewhere: [],
    freshness: { maxAge: undefined, minSize: undefined },
    retry: { attempts: 1, initialDelay: 1000, maxDelay: 1000 },
    timeout: 1000,
    jitter: 0,
    full: undefined,
    quiesce: undefined,
    afterRestore: { healthLimit: 1000, checks: [] },
    recheck: 0,
    verify: { schedule: undefined, share: 0.1 },
    drill: {
      schedule: undefined,
      maxAge: undefined,
      from: undefined,
      point: "newest",
      attach: false,
      checks: [],
    },
    ...overrides,
  };
}
