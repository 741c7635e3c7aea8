import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";
import { awaitHealth } from "./await-health.ts";

const clock = new FakeClock();
const engine = new MemoryEngine();

async function asked(...ids: string[]): Promise<string[]> {
  const containers = ids.map((id): HeldContainer => {
    return {
      ...{ id, name: "app", project: "stack", service: "app", number: 1 },
      startedAt: 0,
      stopAsked: true,
    };
  });
  const { signal } = new AbortController();
  const work = awaitHealth(containers, { runtime: engine, clock, limit: 10_000, signal });
  await clock.advance(5_000);
  engine.setHealth("starting", "healthy");
  await clock.advance(6_000);
  return work;
}

it("waits for a health check to pass, and for nothing where there is none", async () => {
  const plain = engine.addService({ service: "plain" });
  const checked = engine.addService({ service: "app", health: "starting" });
  expect(await asked(plain, checked, "gone")).toEqual([]);
});

it("tells of what is not healthy in time, and of what has ended again", async () => {
  const sick = engine.addService({ service: "db", health: "unhealthy" });
  const ended = engine.addService({ service: "web", state: "exited" });
  expect(await asked(sick, ended)).toEqual([
    "stack-db-1 was started again and is unhealthy after 10 s; see its log.",
    "stack-web-1 was started again and is exited after 10 s; see its log.",
  ]);
});
