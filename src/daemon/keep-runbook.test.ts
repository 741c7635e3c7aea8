/** The loop that puts the runbook into the stores, on a clock that a test moves. */
import { describe, expect, it, onTestFinished } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { stackStatus } from "../../test/fakes/status-fixture.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { readText } from "../app/small-object.ts";
import { runbookKey } from "../app/runbook/publish-runbook.ts";
import { DAY, HOUR, MINUTE } from "../domain/instant.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { composeStack } from "./compose.ts";
import { keepRunbook } from "./keep-runbook.ts";

const KEY = runbookKey("analytics");

/** A daemon of two stores and a place in a cloud, from its start on. */
async function started() {
  const clock = new FakeClock("2026-11-20T12:00:00Z");
  const state = temporaryDirectory();
  const config = await loadYaml(`
stack: analytics
state: ${state}
stores:
  local: { kind: local, path: ${state}/local }
  offsite: { kind: local, path: ${state}/offsite }
jobs:
  data: { source: { kind: volume, path: /source/data }, stores: [local, offsite] }
`);
  const tool = { name: "holdfast", version: "1.2.3" };
  const none = { observers: [], onEvent: () => undefined, stateIs: "required" } as const;
  const stack = await composeStack({ ...none, config, tool, actor: "daemon" });
  onTestFinished(() => stack.close());
  const storeOf = (name: string) => new FaultyStore(new MemoryStore({ name, clock }));
  const [local, offsite, cloud] = ["local", "offsite", "gce-acme"].map(storeOf) as [
    FaultyStore,
    FaultyStore,
    FaultyStore,
  ];
  const stop = new AbortController();
  const troubles: unknown[] = [];
  let version = "1.0.0";
  const ended = keepRunbook(
    {
      stack: {
        ...{ ...stack, stores: [local, offsite, cloud], runtime: new MemoryEngine() },
        context: { ...stack.context, clock },
      },
      status: () => stackStatus({ stack: "analytics", version, at: clock.now() }),
      onTrouble: (error) => troubles.push(error),
    },
    stop.signal,
  );
  onTestFinished(() => stop.abort());
  const written = (store: FaultyStore) => store.callsOf("put").length;
  return { clock, stop, ended, troubles, local, offsite, cloud, written, upgrade: () => (version = "2.0.0") };
}

describe("the runbook in the stores", () => {
  it("is written ten minutes after the start, and again once a day with what is known then", async () => {
    const { clock, local, offsite, cloud, written, upgrade, troubles } = await started();
    await clock.advance(10 * MINUTE - 1);
    expect(written(local)).toBe(0);
    await clock.advance(1);
    expect([local, offsite, cloud].map(written)).toEqual([1, 1, 0]);
    expect(await readText(local, KEY)).toContain("Holdfast 1.0.0");
    upgrade();
    await clock.advance(DAY - 1);
    expect(written(local)).toBe(1);
    await clock.advance(1);
    expect(await readText(local, KEY)).toContain("Holdfast 2.0.0");
    await clock.advance(30 * DAY);
    expect(written(local)).toBe(32);
    expect(troubles).toEqual([]);
  });

  it("that a store does not take is told, is in the others, and is tried again the next day", async () => {
    const { clock, local, offsite, troubles } = await started();
    local.inject("put", { kind: "throw-before" });
    await clock.advance(10 * MINUTE);
    expect(troubles).toHaveLength(1);
    expect(await readText(offsite, KEY)).toContain("analytics");
    await clock.advance(DAY);
    expect(troubles).toHaveLength(1);
    expect(await readText(local, KEY)).toContain("analytics");
  });

  it("does not keep the daemon from ending: neither while it waits nor while a store hangs", async () => {
    const waiting = await started();
    waiting.stop.abort();
    await waiting.ended;
    const hanging = await started();
    hanging.local.inject("put", { kind: "hang" });
    await hanging.clock.advance(10 * MINUTE + HOUR);
    expect(hanging.written(hanging.offsite)).toBe(1);
    hanging.stop.abort();
    await hanging.ended;
    expect(hanging.troubles).toEqual([]);
  });
});
