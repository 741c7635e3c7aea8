import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { withThrowaway } from "./throwaway-container.ts";

it("gives containers of drills no more than the config says", async () => {
  const runtime = new MemoryEngine();
  const { signal } = new AbortController();
  const of = { job: "data", place: "drill-1", warn: () => undefined, signal };
  const context = { runtime, clock: new FakeClock(), stack: "shop" };
  await withThrowaway(context, { image: "app", command: [] }, of, async () => undefined);
  const limited = { ...context, drillLimits: { cpus: 1, memory: 1e9 } };
  await withThrowaway(limited, { image: "app", command: [] }, of, async () => undefined);
  expect(runtime.requests.map(({ limits }) => limits)).toEqual([undefined, { cpus: 1, memory: 1e9 }]);
  expect(await runtime.containers({})).toEqual([]);
});
