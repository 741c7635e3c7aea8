import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCalendarDuration, writeCalendarDuration } from "./calendar-duration.ts";

describe("a calendar duration", () => {
  it.each([
    ["1y2m3d4h", { years: 1, months: 2, days: 3, milliseconds: 4 * 3_600_000 }],
    ["14d", { years: 0, months: 0, days: 14, milliseconds: 0 }],
    ["2w", { years: 0, months: 0, days: 14, milliseconds: 0 }],
    ["6m", { years: 0, months: 6, days: 0, milliseconds: 0 }],
    ["90min", { years: 0, months: 0, days: 0, milliseconds: 90 * 60_000 }],
    ["1m1min1s", { years: 0, months: 1, days: 0, milliseconds: 61_000 }],
    ["0d", { years: 0, months: 0, days: 0, milliseconds: 0 }],
  ])("reads %s", (text, expected) => {
    expect(parseCalendarDuration(text)).toEqual(expected);
  });

  it.each(["", "14", "4h3d", "1.5y", "-1d", "1Y", "1d1d", "min", "1 d", "1001y", "99999999999999999999s"])(
    "refuses %j",
    (text) => {
      expect(parseCalendarDuration(text)).toBeUndefined();
    },
  );

  it("is written as text that reads back as the same duration", () => {
    const durations = fc.record({
      years: fc.nat(50),
      months: fc.nat(100),
      days: fc.nat(1000),
      milliseconds: fc.nat(1_000_000).map((seconds) => seconds * 1000),
    });
    fc.assert(
      fc.property(durations, (duration) => {
        expect(parseCalendarDuration(writeCalendarDuration(duration))).toEqual(duration);
      }),
    );
  });
});
