import { describe, expect, it } from "vitest";

import { toIso } from "./instant.ts";
import { parseIsoTime } from "./iso-time.ts";

const read = (text: string, zone = "Europe/Prague"): string => toIso(parseIsoTime(text, zone));

describe("a time on the command line", () => {
  it.each([
    ["2026-11-20T03:00:00Z", "2026-11-20T03:00:00.000Z"],
    ["2026-11-20T03:00+01:00", "2026-11-20T02:00:00.000Z"],
    ["2026-11-20T03:00:07.25-0530", "2026-11-20T08:30:07.250Z"],
    ["2026-11-20T03:00+14", "2026-11-19T13:00:00.000Z"],
    ["2026-11-20 03:00:00Z", "2026-11-20T03:00:00.000Z"],
    ["2024-02-29T00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("%s with its own offset is %s", (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it.each([
    ["2026-11-20T03:00", "Europe/Prague", "2026-11-20T02:00:00.000Z"],
    ["2026-07-20T03:00", "Europe/Prague", "2026-07-20T01:00:00.000Z"],
    ["2026-10-25T01:59:59", "Europe/Prague", "2026-10-24T23:59:59.000Z"],
    ["2026-10-25T03:00", "Europe/Prague", "2026-10-25T02:00:00.000Z"],
    ["2026-03-29T03:00", "Europe/Prague", "2026-03-29T01:00:00.000Z"],
    ["2026-11-20T03:00", "Asia/Kathmandu", "2026-11-19T21:15:00.000Z"],
    ["2011-12-31T00:00", "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
    ["2026-11-20T03:00", "UTC", "2026-11-20T03:00:00.000Z"],
  ])("%s is what clocks show in %s: %s", (text, zone, instant) => {
    expect(read(text, zone)).toBe(instant);
  });

  it.each([
    "3",
    "",
    "2026",
    "2026-11-20",
    "2026-02-31T00:00Z",
    "2025-02-29T00:00",
    "2026-13-01T00:00Z",
    "2026-11-20T24:00Z",
    "2026-11-20T03:60Z",
    "2026-11-20T03:00:60Z",
    "2026-11-20T03:00+25:00",
    "2026-11-20T3:00Z",
    "20 Nov 2026 03:00",
    "yesterday",
    "2026-11-20T03:00Z and more",
  ])("%j is refused", (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  });

  it("that clocks skip is refused, and so is one that they show twice, naming both", () => {
    expect(() => read("2026-03-29T02:30")).toThrow(/there is no such time in Europe\/Prague/);
    expect(() => read("2011-12-30T12:00", "Pacific/Apia")).toThrow(/there is no such time/);
    expect(() => read("2026-10-25T02:30")).toThrow(
      /comes twice.*2026-10-25T02:30\+02:00 or 2026-10-25T02:30\+01:00/,
    );
    expect(read("2026-10-25T02:30+02:00")).toBe("2026-10-25T00:30:00.000Z");
  });
});
