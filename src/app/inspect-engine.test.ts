import { beforeEach, describe, expect, it } from "vitest";
import { testJob } from "../../test/fakes/app-workshop.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import { inspectEngine } from "./inspect-engine.ts";

let engine: MemoryEngine;

beforeEach(() => {
  engine = new MemoryEngine();
  engine.own = engine.addService({ service: "backup" });
});

const holding = (...services: string[]): Job =>
  testJob({
    quiesce: {
      ...{ mode: "pause", services, grace: undefined, limit: 60_000 },
      ...{ scope: "whole", healthLimit: 10_000, before: [], after: [] },
    },
  });

async function found(...jobs: Job[]): Promise<string[]> {
  const signal = new AbortController().signal;
  const asked = { runtime: engine, clock: new FakeClock(), project: "stack", jobs, signal };
  return (await inspectEngine(asked)).map(({ about, verdict, message }) => `${about} ${verdict}: ${message}`);
}

function failsWith(code: string, why: string): void {
  engine.engine = async () => {
    const cause = Object.assign(new Error(code), { code });
    throw new HoldfastError("runtime", { what: "Asking the container engine its version", why, cause });
  };
}

describe("what a doctor says of the container engine", () => {
  it("is its version where it answers", async () => {
    expect(await found(testJob())).toEqual([
      "container engine ok: Version memory answers, in version 1.41 of its API.",
    ]);
  });

  it("names services to hold that there are not, and itself", async () => {
    engine.addService({ service: "app", state: "exited" });
    expect((await found(holding("app"))).slice(1)).toEqual([]);
    expect((await found(holding("app", "wroker"))).slice(1)).toEqual([
      expect.stringMatching(/^services of job data failed: .* no container of wroker; name .*app, backup/),
    ]);
    expect((await found(holding("backup"))).slice(1)).toEqual([
      expect.stringContaining("this service itself"),
    ]);
  });

  it("is nothing where there is none and nobody needs it, and a failure where a job holds services", async () => {
    failsWith("ENOENT", "there is no socket of a container engine");
    expect(await found(testJob())).toEqual([]);
    expect(await found(holding("app"))).toEqual([
      expect.stringMatching(/^container engine failed: .* there is no socket/),
    ]);
  });

  it("is a warning where one is there that cannot be used, though nobody needs it now", async () => {
    failsWith("EACCES", "this process may not use the engine's socket");
    expect(await found(testJob())).toEqual([
      expect.stringMatching(/^container engine warning: .* may not use/),
    ]);
  });
});
