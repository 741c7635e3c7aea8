import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueAt as dueAtTimes, every } from "../../test/fakes/schedules.ts";
import { DAY, HOUR, MINUTE, toIso } from "./instant.ts";
import { missedSince, nextStart } from "./schedule.ts";

const MONDAY = Date.parse("2026-11-16T00:00:00Z");
const dueAt = (instants: readonly number[]) => dueAtTimes(...instants.map(toIso));

describe("a missed run", () => {
  const hourly = every(HOUR);

  it("is none when the job was attempted after the latest due instant", () => {
    expect(missedSince(hourly, MONDAY + 1, MONDAY + HOUR - 1)).toBeUndefined();
  });

  it("is none when the latest due instant itself was the attempt", () => {
    expect(missedSince(hourly, MONDAY, MONDAY + 1)).toBeUndefined();
  });

  it("is the latest due instant, however many passed", () => {
    expect(missedSince(hourly, MONDAY - 10 * HOUR, MONDAY + 5 * MINUTE)).toBe(MONDAY);
  });

  it("is seen at the very instant it is due", () => {
    expect(missedSince(hourly, MONDAY - 1, MONDAY)).toBe(MONDAY);
  });

  it("is none when nothing is known of the past", () => {
    expect(missedSince(hourly, undefined, MONDAY)).toBeUndefined();
  });

  it("is none when the last attempt lies in the future, as after a clock correction", () => {
    expect(missedSince(hourly, MONDAY + 30 * DAY, MONDAY)).toBeUndefined();
  });

  it("is none before the first due instant", () => {
    expect(missedSince(dueAt([MONDAY]), MONDAY - DAY, MONDAY - 1)).toBeUndefined();
  });
});

describe("the next start", () => {
  it("is the due instant itself without jitter", () => {
    expect(nextStart(every(HOUR), MONDAY, { upTo: 0, share: 0.9 })).toEqual({
      due: MONDAY + HOUR,
      startAt: MONDAY + HOUR,
    });
  });

  it("waits the random share of the jitter", () => {
    const start = nextStart(every(HOUR), MONDAY, { upTo: 10 * MINUTE, share: 0.5 });
    expect(start).toEqual({ due: MONDAY + HOUR, startAt: MONDAY + HOUR + 5 * MINUTE });
  });

  it("is none when the schedule has ended", () => {
    expect(nextStart(dueAt([MONDAY]), MONDAY, { upTo: 0, share: 0 })).toBeUndefined();
  });

  it("comes before the following due instant, whatever the jitter", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: DAY }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (upTo, share) => {
          const start = nextStart(every(HOUR), MONDAY, { upTo, share });
          expect(start?.startAt).toBeGreaterThanOrEqual(MONDAY + HOUR);
          expect(start?.startAt).toBeLessThan(MONDAY + 2 * HOUR);
        },
      ),
      { numRuns: 50 },
    );
  });
});
