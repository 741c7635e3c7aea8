import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import type { RestoreCheck } from "../../domain/restore-check.ts";
import type { HeldContainer } from "../../ports/intervention-journal.ts";
import { failedCheck } from "./run-checks.ts";

const HEALTH_LIMIT = 60_000;

let engine: MemoryEngine;
let clock: FakeClock;
/** Answers, oldest first; the last one stays. */
let answers: (number | undefined)[];
let asked: string[];

beforeEach(() => {
  engine = new MemoryEngine();
  clock = new FakeClock();
  answers = [200];
  asked = [];
});

async function statusOf(url: string): Promise<number> {
  asked.push(url);
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  if (answer === undefined) throw new Error("there was no answer");
  return answer;
}

const check = (look: RestoreCheck["look"], timeout = 10_000): RestoreCheck => ({ look, timeout });
const http = check({ kind: "http", url: "http://app:8080/secret?token=secret", status: 200 });
const log = check({ kind: "noErrors", service: "app", pattern: "ERROR|FATAL" });

async function held(id: string): Promise<HeldContainer> {
  const { name, compose, startedAt } = await engine.inspect(id);
  const { service = "", number = 1 } = compose ?? {};
  return { ...{ id, name, project: "stack", service, number, startedAt }, stopAsked: true };
}

/** Lets time pass until it is known. */
async function outcomeOf(checks: readonly RestoreCheck[], ...stopped: string[]): Promise<string | undefined> {
  const request = {
    ...{ checks, stopped: await Promise.all(stopped.map(held)), healthLimit: HEALTH_LIMIT },
    ...{ project: "stack", signal: new AbortController().signal },
  };
  let isOver = false;
  const outcome = failedCheck({ runtime: engine, http: { statusOf }, clock }, request).finally(
    () => (isOver = true),
  );
  while (!isOver) await clock.advance(1_000);
  return outcome;
}

describe("what was stopped for a restore", () => {
  it("has to run again, and to be healthy where it has a health check", async () => {
    const [app, db] = [
      engine.addService({ service: "app" }),
      engine.addService({ service: "db", health: "starting" }),
    ];
    expect(await outcomeOf([], app, db)).toBe("stack-db-1 was starting after 1 min");
    engine.setHealth("starting", "healthy");
    expect(await outcomeOf([], app, db)).toBeUndefined();
  });

  it.each(["exited", "restarting", "paused"] as const)("fails when it is %s", async (state) => {
    const app = engine.addService({ service: "app", state });
    expect(await outcomeOf([], app)).toBe(`stack-app-1 was ${state} after 1 min`);
  });

  it("fails when it starts again and again, though it runs at times", async () => {
    const app = engine.addService({ service: "app" });
    engine.setStart(app, () => clock.now());
    expect(await outcomeOf([], app)).toBe("stack-app-1 was not up after 1 min");
  });

  it("is not asked of a replica that somebody had stopped before", async () => {
    const app = engine.addService({ service: "app" });
    engine.addService({ service: "app", number: 2, state: "exited" });
    expect(await outcomeOf([], app)).toBeUndefined();
  });
});

describe("a check", () => {
  it("by HTTP passes as soon as the answer is the one that is wanted", async () => {
    answers = [undefined, 503, 200];
    expect(await outcomeOf([http])).toBeUndefined();
    expect(asked).toHaveLength(3);
  });

  it("by HTTP tells what was answered, and nothing of the address but its host", async () => {
    answers = [503];
    expect(await outcomeOf([http])).toBe("the answer of app:8080 was 503 and not 200 after 10 s");
    answers = [undefined];
    expect(await outcomeOf([http])).toBe("app:8080 did not answer after 10 s");
  });

  it("of other services names the one that does not run", async () => {
    engine.addService({ service: "app" });
    engine.addService({ service: "worker", state: "exited" });
    const running = check({ kind: "running", services: ["app", "worker"] });
    expect(await outcomeOf([running])).toBe("no container of service worker ran after 10 s");
  });

  it("of a log comes last, and quotes the line", async () => {
    const app = engine.addService({ service: "app" });
    engine.logs = "ready\n2026 FATAL: no such table\n";
    expect(await outcomeOf([log, http], app)).toBe('stack-app-1 logged "2026 FATAL: no such table"');
    expect(asked).toHaveLength(1);
    engine.logs = "ready\n";
    expect(await outcomeOf([log], app)).toBeUndefined();
  });

  it("that cannot be made has failed, once its time is over", async () => {
    const app = engine.addService({ service: "app" });
    engine.setHealth(undefined, "healthy");
    engine.logs = new Error("the proxy does not let that through");
    expect(await outcomeOf([log], app)).toBe(
      "the check could not be made (the proxy does not let that through) after 10 s",
    );
  });
});
