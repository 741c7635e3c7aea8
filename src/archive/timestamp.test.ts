import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatTimestamp, parseTimestamp } from "./timestamp.ts";

describe("a timestamp", () => {
  it("is exact to the nanosecond, before 1970 and after 2038 too", () => {
    const nanoseconds = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    fc.assert(
      fc.property(nanoseconds, (time) => void expect(parseTimestamp(formatTimestamp(time))).toBe(time)),
    );
  });

  it.each([
    [0n, "0.000000000"],
    [1_763_715_927_123_456_789n, "1763715927.123456789"],
    [-1_500_000_000n, "-1.500000000"],
  ])("of %s ns reads %s", (time, text) => {
    expect(formatTimestamp(time)).toBe(text);
  });

  it.each(["", "1", "1.5", "1.0000000000", " 1.000000000", "1e3", "--1.000000000"])("is not %j", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});
