/** Retention goes by the calendar of the job's zone: its days, its clock changes, its weeks and month ends. */
import { describe, expect, it } from "vitest";
import { kept, spelledOut, within } from "../../test/fakes/retention-points.ts";
import { HOUR } from "./instant.ts";

const NO_FLOOR = { minimum: 0 };
const everyHour = (from: string, hours: number): string[] =>
  Array.from({ length: hours }, (_, hour) =>
    new Date(Date.parse(`${from.replace(" ", "T")}Z`) + hour * HOUR)
      .toISOString()
      .slice(0, 16)
      .replace("T", " "),
  );

describe("a day is the zone's day", () => {
  const points = ["2026-11-19 10:30", "2026-11-19 12:00", "2026-11-19 23:30", "2026-11-20 00:30"];

  it.each([
    ["UTC", ["2026-11-20 00:30", "2026-11-19 23:30"]],
    ["Europe/Prague", ["2026-11-20 00:30", "2026-11-19 12:00"]],
    ["America/New_York", ["2026-11-20 00:30"]],
    ["Pacific/Kiritimati", ["2026-11-20 00:30"]],
    ["Pacific/Auckland", ["2026-11-20 00:30", "2026-11-19 10:30"]],
    ["Asia/Kolkata", ["2026-11-20 00:30", "2026-11-19 12:00"]],
  ])("in %s", (timezone, expected) => {
    expect(
      kept({ points: ["2026-11-18 05:00", ...points], policy: { daily: expected.length }, timezone }),
    ).toEqual(expected);
  });
});

describe("when the clocks change", () => {
  const timezone = "Europe/Prague";

  it("a day of 23 hours has 23 hourly points, and the next day's first is not one of them", () => {
    const points = everyHour("2026-03-28 23:00", 24);
    const hourly = spelledOut({ points, policy: { hourly: 24, ...NO_FLOOR }, timezone }).reverse();
    expect(hourly[0]).toContain("2026-03-29T00+01:00");
    expect(hourly[2]).toContain("2026-03-29T03+02:00");
    expect(hourly[23]).toContain("2026-03-30T00+02:00");
  });

  it("a day of 25 hours keeps both hours that are called two", () => {
    const points = everyHour("2026-10-24 22:00", 25);
    expect(kept({ points, policy: { hourly: 25 }, timezone })).toHaveLength(25);
    expect(kept({ points, policy: { hourly: 24 }, timezone })).toHaveLength(24);
    const reasons = spelledOut({ points, policy: { hourly: 25 }, timezone }).join("\n");
    expect(reasons).toContain("hourly 2026-10-25T02+02:00");
    expect(reasons).toContain("hourly 2026-10-25T02+01:00");
  });

  it.each([
    ["23", "2026-03-28 23:00", "2026-03-29 21:59", "2026-03-29 22:00"],
    ["25", "2026-10-24 22:00", "2026-10-25 22:59", "2026-10-25 23:00"],
  ])("a day of %s hours is one day", (_, first, last, next) => {
    expect(kept({ points: [first, last, next], policy: { daily: 2 }, timezone })).toEqual([next, last]);
  });

  it("a day back is the same time of day, an hour nearer or farther, and 24 hours back is not", () => {
    const points = ["2026-03-28 11:30", "2026-03-28 10:30", "2026-03-29 10:30"];
    expect(kept({ points, policy: { within: within({ days: 1 }), ...NO_FLOOR }, timezone })).toEqual([
      "2026-03-29 10:30",
    ]);
    const autumn = ["2026-10-24 09:30", "2026-10-24 10:30", "2026-10-25 10:30"];
    expect(kept({ points: autumn, policy: { within: within({ days: 1 }) }, timezone })).toEqual([
      "2026-10-25 10:30",
      "2026-10-24 10:30",
    ]);
    expect(
      kept({ points: autumn, policy: { within: within({ milliseconds: 24 * HOUR }) }, timezone }),
    ).toEqual(["2026-10-25 10:30"]);
  });
});

describe("months are calendar ones, clamped to their end", () => {
  it.each([
    ["a month before 31 March is 28 February", "2026-03-31", { months: 1 }, "2026-02-28"],
    ["a month before 31 March is 29 February in a leap year", "2028-03-31", { months: 1 }, "2028-02-29"],
    ["a year before 29 February is 28 February", "2028-02-29", { years: 1 }, "2027-02-28"],
    ["four years before 29 February is 29 February", "2028-02-29", { years: 4 }, "2024-02-29"],
    ["a month before 31 December is 30 November", "2026-12-31", { months: 1 }, "2026-11-30"],
    ["two months before 31 January lie in the year before", "2027-01-31", { months: 2 }, "2026-11-30"],
    ["months come off first, then days", "2026-03-31", { months: 1, days: 1 }, "2026-02-27"],
    ["a year and a month", "2026-01-15", { years: 1, months: 1 }, "2024-12-15"],
  ])("%s", (_, newest, span, cutoff) => {
    const justInside = `${cutoff} 00:01`;
    const points = [`${cutoff} 00:00`, justInside, newest];
    expect(kept({ points, policy: { within: within(span), ...NO_FLOOR } })).toEqual([newest, justInside]);
  });

  it("a length beyond the calendar reaches everything", () => {
    expect(
      kept({ points: ["1970-01-01", "2026-11-20"], policy: { within: within({ years: 9000 }) } }),
    ).toHaveLength(2);
    expect(
      kept({ points: ["1970-01-01", "2026-11-20"], policy: { within: within({ days: 1e15 }) } }),
    ).toHaveLength(2);
  });
});

describe("weeks are ISO weeks", () => {
  it("so 31 December 2026 and 1 January 2027 lie in one week of 2026, in two months and two years", () => {
    const points = ["2026-12-27", "2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04"];
    expect(kept({ points, policy: { weekly: 3 } })).toEqual(["2027-01-04", "2027-01-03", "2026-12-27"]);
    expect(kept({ points: points.slice(1, 3), policy: { yearly: 2 } })).toHaveLength(2);
    const policy = { weekly: -1, monthly: -1, yearly: -1, ...NO_FLOOR };
    expect(spelledOut({ points: ["2026-12-31", "2027-01-01"], policy })).toEqual([
      "keep 2027-01-01: newest, weekly 2026-W53, monthly 2027-01, yearly 2027",
      "keep 2026-12-31: oldest (weekly 2026-W53), monthly 2026-12, yearly 2026",
    ]);
  });

  it("so 30 December 2024 lies in the first week of 2025", () => {
    const policy = { weekly: -1, ...NO_FLOOR };
    expect(spelledOut({ points: ["2024-12-30"], policy })).toEqual([
      "keep 2024-12-30: newest, weekly 2025-W01",
    ]);
  });

  it("and week 1 never stands for month 1, nor an hour for a day", () => {
    const points = ["2026-01-02", "2026-01-20", "2026-11-20"];
    const both = spelledOut({ points, policy: { weekly: 3, monthly: 3, ...NO_FLOOR } });
    expect(both).toEqual([
      "keep 2026-11-20: newest, weekly 2026-W47 (1 of 3), monthly 2026-11 (1 of 3)",
      "keep 2026-01-20: weekly 2026-W04 (2 of 3), monthly 2026-01 (2 of 3)",
      "keep 2026-01-02: weekly 2026-W01 (3 of 3), oldest (monthly 2026-01 (3 of 3))",
    ]);
  });
});
