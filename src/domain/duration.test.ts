import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration, writeDuration } from "./duration.ts";

describe("a duration", () => {
  it.each([
    ["90s", 90_000],
    ["26h", 26 * 3_600_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1w", 604_800_000],
    ["1w2d3h4m5s6ms", 788_645_006],
    ["500ms", 500],
    ["0s", 0],
    ["0", 0],
  ])("reads %s as %d ms", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    "",
    " ",
    "26",
    "1.5h",
    "-1h",
    "30m1h",
    "1h1h",
    "1 h",
    "h",
    "1y",
    "1H",
    "1h ",
    "1e3s",
    "9".repeat(20) + "w",
  ])("refuses %j, which could be meant in more than one way or in none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("is written as text that reads back as the same length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (duration) => {
        expect(parseDuration(writeDuration(duration))).toBe(duration);
      }),
    );
  });

  it.each([
    [26 * 3_600_000, "26h"],
    [86_400_000, "1d"],
    [90_000, "90s"],
    [100_001, "1m40s1ms"],
    [0, "0s"],
  ])("writes %d ms as %s", (duration, text) => {
    expect(writeDuration(duration)).toBe(text);
  });
});
