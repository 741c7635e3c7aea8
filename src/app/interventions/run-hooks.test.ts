import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import type { Hook, HttpHook } from "../../domain/job.ts";
import { Hooks, type HookRun } from "./run-hooks.ts";

let engine: MemoryEngine;
let clock: FakeClock;
let called: string[];
let warnings: string[];

beforeEach(() => {
  engine = new MemoryEngine();
  clock = new FakeClock();
  called = [];
  warnings = [];
});

/** Hangs at `/hang` until it is told to stop, and fails at `/fail`. */
async function call({ url }: HttpHook, signal: AbortSignal): Promise<void> {
  called.push(url);
  if (url.endsWith("fail")) throw new Error("the answer was 500");
  if (!url.endsWith("hang")) return;
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
}

const hooks = () => new Hooks({ runtime: engine, clock, project: "stack", http: { call } });

function http(name: string, of: Partial<Hook> = {}): Hook {
  const request = { url: `http://app/${name}`, method: "POST", headers: {}, body: undefined };
  return { call: { kind: "http", ...request }, timeout: 60_000, onError: "fail", ...of };
}

function exec(...command: string[]): Hook {
  return { ...http(""), call: { kind: "exec", service: "app", command, user: undefined, env: {} } };
}

function run(all: readonly Hook[], signal = new AbortController().signal): HookRun {
  return { hooks: all, when: "before job data", signal, onWarning: (message) => void warnings.push(message) };
}

describe("hooks before a capture", () => {
  it("are called one after the other, and the rest is not once one has failed", async () => {
    const all = [http("one"), http("fail"), http("three")];
    await expect(hooks().runBefore(run(all))).rejects.toThrow(
      "Hook 2 before job data failed: the answer was 500.",
    );
    expect(called).toEqual(["http://app/one", "http://app/fail"]);
  });

  it("go on after one that may fail, with a warning", async () => {
    await hooks().runBefore(run([http("fail", { onError: "warn" }), http("two")]));
    expect(called).toHaveLength(2);
    expect(warnings).toEqual(["Hook 1 before job data failed: the answer was 500."]);
  });

  it("run commands in the first running container of a service", async () => {
    engine.addService({ service: "app", state: "exited" });
    engine.addService({ service: "app", number: 2 });
    await hooks().runBefore(run([exec("true")]));
    await expect(
      hooks().runBefore(run([exec("sh", "-c", "echo locked by a reader >&2; exit 3")])),
    ).rejects.toThrow("sh in app ended with 3: locked by a reader.");
    await expect(hooks().runBefore(run([exec("sh", "-c", "echo no space; exit 1")]))).rejects.toThrow(
      "ended with 1: no space.",
    );
  });

  it("fail where no container of the service runs", async () => {
    await expect(hooks().runBefore(run([exec("true")]))).rejects.toThrow("no container of service app runs");
  });

  it("are not waited for longer than their timeout", async () => {
    const over = expect(hooks().runBefore(run([http("hang", { timeout: 5_000 })]))).rejects.toMatchObject({
      code: "timeout",
    });
    await clock.advance(5_000);
    await over;
  });

  it("end with a cancel", async () => {
    const cancel = new AbortController();
    const over = expect(
      hooks().runBefore(run([http("hang"), http("two")], cancel.signal)),
    ).rejects.toMatchObject({
      code: "cancelled",
    });
    await clock.advance(0);
    cancel.abort();
    await over;
    expect(called).toHaveLength(1);
  });
});

describe("hooks after a capture", () => {
  it("are all called, whichever fail; the first failure that counts is given", async () => {
    const all = [http("fail", { onError: "warn" }), http("one/fail"), http("two/fail"), http("last")];
    const error = await hooks().runAfter(run(all));
    expect(called).toHaveLength(4);
    expect(error?.message).toContain("Hook 2");
    expect(warnings).toEqual([expect.stringContaining("Hook 1")]);
  });

  it("are called after a cancel, too, but for four seconds in all", async () => {
    const cancelled = AbortSignal.abort();
    expect(await hooks().runAfter(run([http("one")], cancelled))).toBeUndefined();
    expect(called).toEqual(["http://app/one"]);
    const error = hooks().runAfter(run([http("hang"), http("hang")], cancelled));
    await clock.advance(4_000);
    expect(await error).toMatchObject({ code: "timeout" });
  });
});
