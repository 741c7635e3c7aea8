import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueAt as dueAtTimes, every } from "../../test/fakes/schedules.ts";
import { DAY, HOUR, MINUTE, toIso } from "./instant.ts";
import { intervalAround, missedSince, nextStart } from "./schedule.ts";

const MONDAY = Date.parse("2026-11-16T00:00:00Z");
const at = (iso: string) => Date.parse(iso);
const dueAt = (instants: readonly number[]) => dueAtTimes(...instants.map(toIso));

/** Due instants of `weeks` weeks from the Monday before: the given offsets into each day, on Monday to Friday. */
function onWeekdays(offsets: readonly number[], weeks = 4): number[] {
  const instants: number[] = [];
  for (let week = -1; week < weeks; week++)
    for (let day = 0; day < 5; day++)
      for (const offset of offsets) instants.push(MONDAY + (week * 7 + day) * DAY + offset);
  return instants;
}

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

describe("the longest pause around an instant", () => {
  it("is the interval of an even schedule", () => {
    for (const interval of [MINUTE, HOUR, DAY])
      expect(intervalAround(every(interval), MONDAY + 7)).toBe(interval);
  });

  it("is the weekend of a schedule of weekdays, asked on any day", () => {
    const schedule = dueAt(onWeekdays([3 * HOUR]));
    for (let day = 0; day < 7; day++)
      expect(intervalAround(schedule, MONDAY + day * DAY + HOUR)).toBe(3 * DAY);
  });

  it("is the weekend of a schedule of office hours too, although hundreds of short pauses come first", () => {
    const everyFiveMinutes = Array.from({ length: 97 }, (_, slot) => 9 * HOUR + slot * 5 * MINUTE);
    const schedule = dueAt(onWeekdays(everyFiveMinutes));
    expect(intervalAround(schedule, MONDAY + 9 * HOUR)).toBe(2 * DAY + 16 * HOUR);
  });

  it("sees the long month although it does not come first", () => {
    const months = ["01", "02", "03", "04", "05"].map((month) => at(`2026-${month}-01T00:00:00Z`));
    expect(intervalAround(dueAt(months), at("2026-02-10T00:00:00Z"))).toBe(31 * DAY);
  });

  it("still counts the pause that has just ended", () => {
    const instants = [0, 1, 2].map((minute) => MONDAY + minute * MINUTE);
    expect(intervalAround(dueAt([MONDAY - 2 * DAY, ...instants]), MONDAY)).toBe(2 * DAY);
  });

  it("is unknown for a schedule with a single due instant", () => {
    expect(intervalAround(dueAt([MONDAY]), MONDAY)).toBeUndefined();
    expect(intervalAround(dueAt([]), MONDAY)).toBeUndefined();
  });

  it("is never less than a pause of the coming days, and never invented", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(gaps, (minutes) => {
        let instant = MONDAY;
        const instants = [instant, ...minutes.map((gap) => (instant += gap * MINUTE))];
        const within = minutes.filter((_, i) => (instants[i] ?? 0) <= MONDAY + 8 * DAY);
        const longest = intervalAround(dueAt(instants), MONDAY);
        expect(longest).toBeGreaterThanOrEqual(Math.max(...within) * MINUTE);
        expect(longest).toBeLessThanOrEqual(Math.max(...minutes) * MINUTE);
      }),
      { numRuns: 100 },
    );
  });
});
