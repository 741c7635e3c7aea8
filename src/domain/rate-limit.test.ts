import { describe, expect, it } from "vitest";
import { parseRateLimit, rateAt, type RateText } from "./rate-limit.ts";

const at = (text: RateText, time: string) => {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return rateAt(parseRateLimit(text), hour * 60 + minute);
};

describe("a limit of bandwidth", () => {
  it("holds all day where it is one rate", () => {
    expect(at("20MiB/s", "00:00")).toBe(20 * 1024 ** 2);
    expect(at("500 kB / s", "23:59")).toBe(500_000);
    expect(at("unlimited", "12:00")).toBeUndefined();
  });

  it("holds in its windows, and otherwise another or none", () => {
    const text = { "08:00-18:00": "5MB/s", "12:00-13:00": "9MB/s", otherwise: "50MB/s" };
    expect(["07:59", "08:00", "12:30", "17:59", "18:00"].map((time) => at(text, time))).toEqual(
      [50, 5, 5, 5, 50].map((rate) => rate * 1e6),
    );
    expect(at({ "08:00-18:00": "5MB/s" }, "20:00")).toBeUndefined();
    expect(at({ "08:00-18:00": "unlimited", otherwise: "1MB/s" }, "09:00")).toBeUndefined();
  });

  it("goes through midnight, and to the end of a day", () => {
    const text = { "22:00-06:00": "5MB/s" };
    expect(["21:59", "22:00", "00:00", "05:59", "06:00"].map((time) => at(text, time))).toEqual([
      ...[undefined, 5e6, 5e6, 5e6, undefined],
    ]);
    expect(at({ "20:00-24:00": "5MB/s" }, "23:59")).toBe(5e6);
    expect(at({ "20:00-24:00": "5MB/s" }, "00:00")).toBeUndefined();
  });

  it.each([
    ["20MiB", "no rate such as"],
    ["fast", "no rate such as"],
    ["10kB/s", "less than 100kB/s"],
    [{ "8-18": "5MB/s" }, "no window of the day"],
    [{ "08:00-25:00": "5MB/s" }, "no window of the day"],
    [{ "08:00-24:30": "5MB/s" }, "no window of the day"],
    [{ "08:00-08:00": "5MB/s" }, "ends where it begins"],
    [{ otherwise: "5" }, "no rate such as"],
  ])("%j is none", (text, why) => {
    expect(() => parseRateLimit(text as RateText)).toThrow(why);
  });
});
