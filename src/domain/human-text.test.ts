import { describe, expect, it } from "vitest";
import { formatCount, formatDuration, formatSize } from "./human-text.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./instant.ts";

describe("a size", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_500_000, "1.5 MB"],
    [99_960_000, "100 MB"],
    [999_600, "1.0 MB"],
    [5e15, "5.0 PB"],
  ])("of %d bytes reads %s", (bytes, text) => expect(formatSize(bytes)).toBe(text));
});

describe("a duration", () => {
  it.each([
    [0, "0 ms"],
    [350, "350 ms"],
    [SECOND, "1 s"],
    [5 * MINUTE + 2 * SECOND + 400, "5 min 2 s"],
    [26 * HOUR, "1 d 2 h"],
    [3 * DAY, "3 d"],
    [-HOUR, "-1 h"],
  ])("of %d ms reads %s", (duration, text) => expect(formatDuration(duration)).toBe(text));
});

describe("a count", () => {
  it.each([
    [0, "0 files"],
    [1, "1 file"],
    [2, "2 files"],
  ])("of %i is %s", (count, text) => {
    expect(formatCount(count, "file")).toBe(text);
  });
});
