import { describe, expect, it } from "vitest";
import { withRetries } from "../app/with-retries.ts";
import { workshop } from "../../test/fakes/run-workshop.ts";
import { HoldfastError } from "../domain/errors.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/instant.ts";

const broken = (transient = false) =>
  new HoldfastError("store", { what: "Writing", why: "the connection was reset", transient });

describe("the run queue", () => {
  it("runs one at a time by default, in the order asked for", async () => {
    const { log, ask, end, clock } = workshop();
    for (const job of ["a", "b", "c"]) void ask(job);
    await clock.advance(0);
    for (const job of ["a", "b", "c"]) await end(job);
    expect(log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  it("runs as many at a time as it may", async () => {
    const { log, ask, end, clock } = workshop(2);
    for (const job of ["a", "b", "c"]) void ask(job);
    await clock.advance(0);
    expect(log).toEqual(["a starts", "b starts"]);
    await end("b");
    expect(log.slice(2)).toEqual(["b ends", "c starts"]);
  });

  it("never runs two of one job, and lets others pass meanwhile", async () => {
    const { log, ask, end, clock } = workshop(3);
    void ask("a");
    await clock.advance(0);
    void ask("a", { operation: "verify" });
    void ask("b");
    await clock.advance(0);
    expect(log).toEqual(["a starts", "b starts"]);
    await end("a");
    expect(log.slice(2)).toEqual(["a ends", "a starts"]);
  });

  it("answers with what the run returns, or with its error", async () => {
    const { ask, end, clock } = workshop();
    const [good, bad] = [ask("a"), ask("b")];
    await clock.advance(0);
    await end("a");
    const error = broken();
    await end("b", error);
    expect(await good).toBe("a");
    await expect(bad).rejects.toBe(error);
  });

  it("goes on after a run that failed, also one that threw at once", async () => {
    const { log, ask, clock } = workshop();
    const thrown = ask("a", {
      work: () => {
        throw broken();
      },
    });
    void ask("b");
    await clock.advance(0);
    await expect(thrown).rejects.toMatchObject({ code: "store" });
    expect(log).toEqual(["b starts"]);
  });

  it("makes one run of two that are asked for while it waits", async () => {
    const { log, ask, end, clock } = workshop();
    void ask("a");
    const [first, second] = [ask("b"), ask("b")];
    expect(first).toBe(second);
    await clock.advance(0);
    for (const job of ["a", "b", "b"]) await end(job);
    expect(log).toEqual(["a starts", "a ends", "b starts", "b ends"]);
  });

  it("makes another run of one that is asked for while it is under way, or for another operation", async () => {
    const { ask, end, log, clock } = workshop();
    const first = ask("a");
    await clock.advance(0);
    expect(ask("a")).not.toBe(first);
    expect(ask("a", { operation: "verify" })).not.toBe(ask("a"));
    for (let turn = 0; turn < 3; turn++) await end("a");
    expect(log.filter((line) => line === "a starts")).toHaveLength(3);
  });

  it("tells what is under way and what waits", async () => {
    const { queue, ask, end, clock } = workshop();
    void ask("a");
    void ask("b");
    await clock.advance(0);
    expect([queue.isRunning("a"), queue.isWaiting("a")]).toEqual([true, false]);
    expect([queue.isRunning("b"), queue.isWaiting("b")]).toEqual([false, true]);
    await end("a");
    expect([queue.isRunning("a"), queue.isRunning("b"), queue.isWaiting("b")]).toEqual([false, true, false]);
  });
});

describe("a run in the queue", () => {
  it("that takes longer than its timeout is cancelled with that reason, and the next one starts", async () => {
    const { log, ask, clock } = workshop();
    const outcome = ask("a");
    void ask("b");
    await clock.advance(HOUR - 1);
    expect(log).toEqual(["a starts"]);
    await clock.advance(1);
    await expect(outcome).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining("Backing up job a failed: it took longer than 1 h;") as string,
    });
    expect(log).toEqual(["a starts", "b starts"]);
  });

  it("may take longer than the platform's timers last", async () => {
    const { ask, clock } = workshop();
    const outcome = ask("a", { timeout: 60 * DAY });
    await clock.advance(60 * DAY - 1);
    expect(clock.sleeping).toBe(1);
    await clock.advance(1);
    await expect(outcome).rejects.toMatchObject({ code: "timeout" });
  });

  it("meets one timeout for all attempts, also while it waits to try again", async () => {
    const { ask, clock } = workshop();
    const cause = broken(true);
    const policy = { attempts: 99, initialDelay: 50 * MINUTE, maxDelay: 50 * MINUTE };
    const retrying = { policy, clock, random: () => 0.5, what: "Backing up job a" };
    const outcome = ask("a", {
      work: (signal) => withRetries(() => Promise.reject(cause), { ...retrying, signal }),
    });
    await clock.advance(HOUR);
    await expect(outcome).rejects.toMatchObject({ code: "timeout", cause });
  });

  it("that ends in time leaves no timer behind", async () => {
    const { ask, end, clock } = workshop();
    void ask("a");
    await clock.advance(0);
    expect(clock.sleeping).toBe(1);
    await end("a");
    expect(clock.sleeping).toBe(0);
  });

  it("that succeeds although it was told to end has succeeded", async () => {
    const { ask, stop, clock, queue } = workshop();
    const outcome = ask("a", {
      work: async (signal) => {
        await clock.sleep(MINUTE);
        return signal.aborted ? "told to end" : "not told";
      },
    });
    await clock.advance(SECOND);
    stop.abort();
    await clock.advance(MINUTE);
    await queue.drain();
    expect(await outcome).toBe("told to end");
  });

  it("is reported by its timeout although its store only says that it was cancelled", async () => {
    const { ask, clock } = workshop();
    const outcome = ask("a", {
      work: (signal) =>
        new Promise((_, reject) => {
          const said = new HoldfastError("cancelled", { what: "Writing", why: "it was cancelled" });
          signal.addEventListener("abort", () => reject(said));
        }),
    });
    await clock.advance(HOUR);
    await expect(outcome).rejects.toMatchObject({ code: "timeout" });
  });

  it("does not hide what else went wrong on the way out", async () => {
    const { ask, clock } = workshop();
    const cause = new HoldfastError("source", { what: "Starting container db", why: "it is gone" });
    const outcome = ask("a", {
      work: (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(cause))),
    });
    await clock.advance(HOUR);
    await expect(outcome).rejects.toMatchObject({
      code: "timeout",
      cause,
      message: expect.stringContaining("on the way out: Starting container db failed: it is gone") as string,
    });
  });
});
