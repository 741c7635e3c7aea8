import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { Intervention } from "../../ports/intervention-journal.ts";
import { ownerLives } from "./owner-fate.ts";

const DEADLINE = 10_000;

/** Made by a process in a container that cannot be seen into. */
function intervention(): Intervention {
  const container = { id: "f".repeat(64), startedAt: 1 };
  return {
    ...{ id: "one", job: "data", mode: "stop", startedAt: 0, deadline: DEADLINE, graceSeconds: undefined },
    owner: { process: new FakeMachine("host-b").startProcess().self, container },
    ...{ held: [], worker: undefined, guard: undefined },
  };
}

function askedWith(error: Error, now: number) {
  const runtime = Object.assign(new MemoryEngine(), { inspect: () => Promise.reject(error) });
  const processes = new FakeMachine("host-a").startProcess();
  const signal = new AbortController().signal;
  return ownerLives(intervention(), { runtime, processes, clock: new FakeClock(now), signal });
}

describe("who made an intervention in another container", () => {
  const noSocket = new HoldfastError("runtime", {
    ...{ what: "Looking", why: "there is no socket" },
    cause: Object.assign(new Error("no such file"), { code: "ENOENT" }),
  });

  it("is left its time by those that have no engine to ask, and no more than that", async () => {
    expect(await askedWith(noSocket, DEADLINE - 1)).toBe(true);
    await expect(askedWith(noSocket, DEADLINE)).rejects.toThrow("there is no socket");
  });

  it("is gone with its container, and unknown while an engine that is there does not answer", async () => {
    const gone = new HoldfastError("not-found", { what: "Looking", why: "no such container" });
    expect(await askedWith(gone, 0)).toBe(false);
    const down = new HoldfastError("runtime", { what: "Looking", why: "nobody answers", transient: true });
    await expect(askedWith(down, 0)).rejects.toThrow("nobody answers");
  });
});
