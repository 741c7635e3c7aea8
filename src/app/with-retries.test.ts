import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { HoldfastError } from "../domain/errors.ts";
import { DAY, MINUTE, SECOND } from "../domain/instant.ts";
import { delayAfter, withRetries } from "./with-retries.ts";
import type { Retrying } from "./with-retries.ts";

const POLICY = { attempts: 4, initialDelay: 10 * SECOND, maxDelay: 30 * SECOND };
const failing = (transient: boolean) =>
  new HoldfastError("store", { what: "Writing", why: "the connection was reset", transient });

/** Attempts that fail with the given errors, one after the other, and then succeed. */
function attempts(errors: readonly Error[]) {
  const at: number[] = [];
  const clock = new FakeClock(0);
  const controller = new AbortController();
  const retrying: Retrying = {
    policy: POLICY,
    clock,
    random: () => 0.999999999,
    signal: controller.signal,
    what: "Backing up job data",
  };
  const attempt = async (n: number) => {
    at.push(clock.now());
    const error = errors[n - 1];
    if (error !== undefined) throw error;
    return `attempt ${n}`;
  };
  const run = (overrides: Partial<Retrying> = {}) => {
    const outcome = withRetries(attempt, { ...retrying, ...overrides });
    outcome.catch(() => undefined);
    return outcome;
  };
  return { at, clock, controller, run };
}

describe("an attempt", () => {
  it("that succeeds is made once", async () => {
    const { at, run } = attempts([]);
    expect(await run()).toBe("attempt 1");
    expect(at).toEqual([0]);
  });

  it("that fails in passing is repeated after delays that double up to the longest", async () => {
    const { at, clock, run } = attempts([failing(true), failing(true), failing(true)]);
    const outcome = run();
    await clock.advance(5 * MINUTE);
    expect(await outcome).toBe("attempt 4");
    expect(at).toEqual([0, 10, 30, 60].map((seconds) => seconds * SECOND));
  });

  it("is given up after the last one allowed, with the last error itself", async () => {
    const last = failing(true);
    const { at, clock, run } = attempts([failing(true), failing(true), failing(true), last, last]);
    const outcome = run();
    await clock.advance(5 * MINUTE);
    await expect(outcome).rejects.toBe(last);
    expect(at).toHaveLength(4);
  });

  it.each([
    ["an error that will come again", failing(false)],
    ["an error that is not ours", new Error("a defect")],
  ])("is not repeated after %s", async (_, error) => {
    const { at, clock, run } = attempts([error]);
    const outcome = run();
    await clock.advance(5 * MINUTE);
    await expect(outcome).rejects.toBe(error);
    expect(at).toHaveLength(1);
  });

  it("is not repeated once the signal has fired", async () => {
    const error = failing(true);
    const { controller, clock, at, run } = attempts([error]);
    controller.abort();
    await expect(run()).rejects.toBe(error);
    await clock.advance(DAY);
    expect(at).toHaveLength(1);
  });

  it("is told of before each wait", async () => {
    const error = failing(true);
    const { clock, run } = attempts([error]);
    const told: unknown[] = [];
    const outcome = run({ onRetry: (failure) => told.push(failure) });
    await clock.advance(MINUTE);
    await outcome;
    expect(told).toEqual([{ error, attempt: 1, delay: 10 * SECOND }]);
  });

  it("waited for when the signal fires ends at once, with its reason and what went wrong before", async () => {
    const error = failing(true);
    const { clock, controller, run } = attempts([error]);
    const outcome = run();
    await clock.advance(SECOND);
    controller.abort(
      new HoldfastError("timeout", { what: "Backing up job data", why: "it took longer than 6 h" }),
    );
    await expect(outcome).rejects.toMatchObject({
      code: "timeout",
      cause: error,
      message:
        "Backing up job data failed: it took longer than 6 h while waiting to try again after: " +
        "Writing failed: the connection was reset.",
    });
    expect(clock.sleeping).toBe(0);
  });
});

it("a delay is at least half of the doubled one and never more than the longest", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, share) => {
        const delay = delayAfter(attempt, POLICY, share);
        expect(delay).toBeGreaterThanOrEqual(POLICY.initialDelay / 2);
        expect(delay).toBeLessThanOrEqual(POLICY.maxDelay);
        if (attempt > 2) expect(delay).toBeGreaterThanOrEqual(POLICY.maxDelay / 2);
      },
    ),
    { numRuns: 100 },
  );
});
