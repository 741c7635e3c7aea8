import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY } from "../domain/instant.ts";
import type { Schedule } from "../domain/schedule.ts";
import { parseSchedule } from "./cron.ts";

const PRAGUE = "Europe/Prague";

describe("a schedule across clock changes", () => {
  it("runs a time that the spring change skips once that day, right after the gap", () => {
    expect(runsOf("30 2 * * *", PRAGUE, "2026-03-28T00:00Z", "2026-03-31T00:00Z")).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
  });

  it("runs a time that the autumn change repeats once that day, the first time", () => {
    expect(runsOf("30 2 * * *", PRAGUE, "2026-10-24T00:00Z", "2026-10-27T00:00Z")).toEqual([
      "2026-10-24T00:30:00.000Z",
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });

  it("stays done when asked from within the repeated hour", () => {
    const schedule = parseSchedule("30 2 * * *", PRAGUE);
    const secondPass = Date.parse("2026-10-25T01:10:00Z");
    expect(iso(schedule.previous(secondPass))).toBe("2026-10-25T00:30:00.000Z");
    expect(iso(schedule.next(secondPass))).toBe("2026-10-26T01:30:00.000Z");
  });

  it("does the same in New York", () => {
    expect(runsOf("30 2 * * *", "America/New_York", "2026-03-08T00:00Z", "2026-03-09T00:00Z")).toEqual([
      "2026-03-08T07:00:00.000Z",
    ]);
    expect(runsOf("30 1 * * *", "America/New_York", "2026-11-01T00:00Z", "2026-11-02T00:00Z")).toEqual([
      "2026-11-01T05:30:00.000Z",
    ]);
  });

  it("does the same where the clocks move by half an hour", () => {
    expect(runsOf("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-04T00:00Z")).toEqual([
      "2026-10-03T15:30:00.000Z",
    ]);
    expect(runsOf("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", "2026-04-05T00:00Z")).toEqual([
      "2026-04-04T14:45:00.000Z",
    ]);
  });

  it("counts a list of hours as fixed times, so that none of them is lost", () => {
    expect(runsOf("30 2,14 * * *", PRAGUE, "2026-03-29T00:00Z", "2026-03-30T00:00Z")).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-29T12:30:00.000Z",
    ]);
  });

  it.each(["2026-03-28T22:00Z", "2026-10-24T22:00Z"])(
    "keeps a quarter-hourly job at every quarter of real time in the day from %s",
    (day) => {
      const start = Date.parse(day);
      const runs = runsOf("*/15 * * * *", PRAGUE, day, start + DAY);
      expect(runs).toEqual(Array.from({ length: 96 }, (_, index) => iso(start + index * (DAY / 96))));
    },
  );

  it("loses a time in Greenland's gap, which ends at midnight: a known limit of the library", () => {
    const runs = runsOf("30 23 * * *", "America/Scoresbysund", "2026-03-28T00:00Z", "2026-03-30T12:00Z");
    expect(runs).toEqual(["2026-03-28T01:30:00.000Z", "2026-03-30T00:30:00.000Z"]);
  });

  it("walks back over exactly the instants that it walked forward over", () => {
    for (const expression of ["30 2 * * *", "*/20 * * * *", "30 2,14 * * *", "5 0-4 * * *"]) {
      const schedule = parseSchedule(expression, PRAGUE);
      for (const [from, to] of [
        ["2026-03-28", "2026-03-31"],
        ["2026-10-24", "2026-10-27"],
      ] as const) {
        const runs = instantsOf(schedule, Date.parse(from), Date.parse(to));
        expect(backwards(schedule, Date.parse(from), Date.parse(to)), expression).toEqual(runs.reverse());
      }
    }
  });
});

describe("a schedule in the calendar", () => {
  it("runs on the 31st only in months that have one", () => {
    const runs = runsOf("0 0 31 * *", "UTC", "2026-01-01T00:00Z", "2027-01-01T00:00Z");
    expect(runs.map((run) => run?.slice(5, 10))).toEqual([
      "01-31",
      "03-31",
      "05-31",
      "07-31",
      "08-31",
      "10-31",
      "12-31",
    ]);
  });

  it("runs on 29 February in leap years, seen from either side", () => {
    const schedule = parseSchedule("0 0 29 2 *", "UTC");
    expect(iso(schedule.next(Date.parse("2026-01-01")))).toBe("2028-02-29T00:00:00.000Z");
    expect(iso(schedule.previous(Date.parse("2026-01-01")))).toBe("2024-02-29T00:00:00.000Z");
  });

  it("has no next and no previous run on a day that never comes", () => {
    const schedule = parseSchedule("0 0 31 2 *", "UTC");
    expect(schedule.next(Date.parse("2026-01-01"))).toBeUndefined();
    expect(schedule.previous(Date.parse("2026-01-01"))).toBeUndefined();
  });

  it("takes 0 and 7 for Sunday, and seconds as a first field", () => {
    expect(runsOf("0 3 * * 7", "UTC", "2026-11-16", "2026-11-30")).toEqual(
      runsOf("0 3 * * 0", "UTC", "2026-11-16", "2026-11-30"),
    );
    expect(runsOf("*/20 * * * * *", "UTC", "2026-11-16T00:00:00Z", "2026-11-16T00:01:00Z")).toHaveLength(3);
  });
});

describe("next and previous", () => {
  const at = Date.parse("2026-11-20T03:00:00Z");
  const schedule = parseSchedule("0 3 * * *", "UTC");

  it("next is strictly after, to the millisecond", () => {
    expect(schedule.next(at - 1)).toBe(at);
    expect(schedule.next(at)).toBe(at + DAY);
  });

  it("previous is at or before, to the millisecond", () => {
    expect(schedule.previous(at)).toBe(at);
    expect(schedule.previous(at - 1)).toBe(at - DAY);
    expect(schedule.previous(at + 999)).toBe(at);
  });

  it("agree with each other at any instant, in any zone", () => {
    fc.assert(
      fc.property(anyExpression, anyZone, anyInstant, (expression, zone, instant) => {
        const any = parseSchedule(expression, zone);
        const next = any.next(instant) as number;
        const previous = any.previous(instant) as number;
        expect(previous).toBeLessThanOrEqual(instant);
        expect(next).toBeGreaterThan(instant);
        expect(any.previous(next)).toBe(next);
        expect(any.previous(next - 1)).toBe(previous);
        expect(any.next(previous)).toBe(next);
      }),
      { numRuns: 300 },
    );
  });

  it("give exactly one run on every local day of a year, whatever the time of day", () => {
    fc.assert(
      fc.property(anyZone, fc.nat(23), fc.nat(59), (zone, hour, minute) => {
        const daily = parseSchedule(`${minute} ${hour} * * *`, zone);
        const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
        const runs = instantsOf(daily, Date.parse("2026-01-10T12:00Z"), Date.parse("2027-01-10T12:00Z"));
        const days = runs.map((run) => dayOf.format(run));
        expect(new Set(days).size).toBe(days.length);
        expect(days.length).toBe(365);
      }),
      { numRuns: 30 },
    );
  });
});

describe("an expression that is not one", () => {
  it.each([
    "",
    "a",
    "0 3 * *",
    "0 3 * * * * *",
    "61 * * * *",
    "0 24 * * *",
    "@reboot",
    "@dayly",
    "2026-01-01T00:00:00",
    "0 3 * * MOO",
  ])("%j is refused", (expression) => {
    expect(() => parseSchedule(expression, "UTC")).toThrow();
  });
});

const anyZone = fc.constantFrom(
  PRAGUE,
  "America/New_York",
  "Australia/Lord_Howe",
  "America/Santiago",
  "Asia/Kathmandu",
  "Africa/Cairo",
  "UTC",
);
const anyInstant = fc.integer({ min: Date.parse("2025-12-01"), max: Date.parse("2027-02-01") });
const anyExpression = fc.oneof(
  fc.tuple(fc.nat(59), fc.nat(4)).map(([minute, hour]) => `${minute} ${hour} * * *`),
  fc.constantFrom(
    "*/15 * * * *",
    "0 */2 * * *",
    "30 1,2,3 * * *",
    "0 0 1 * *",
    "15 2 * * 0",
    "10 * * * * *",
    "@hourly",
  ),
);

function runsOf(expression: string, zone: string, from: string, to: string | number): (string | undefined)[] {
  const end = typeof to === "string" ? Date.parse(to) : to;
  return instantsOf(parseSchedule(expression, zone), Date.parse(from), end).map(iso);
}

/** From `from` inclusive to `to` exclusive. */
function instantsOf(schedule: Schedule, from: number, to: number): number[] {
  const runs: number[] = [];
  for (let at = schedule.next(from - 1); at !== undefined && at < to; at = schedule.next(at)) runs.push(at);
  return runs;
}

function backwards(schedule: Schedule, from: number, to: number): number[] {
  const runs: number[] = [];
  for (let at = schedule.previous(to - 1); at !== undefined && at >= from; at = schedule.previous(at - 1))
    runs.push(at);
  return runs;
}

function iso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}
