import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSize, writeSize } from "./size.ts";

describe("a size", () => {
  it.each([
    ["1MB", 1_000_000],
    ["1MiB", 1_048_576],
    ["10GiB", 10 * 2 ** 30],
    ["500kB", 500_000],
    ["1.5 GB", 1_500_000_000],
    ["2tb", 2e12],
    ["123", 123],
    ["123B", 123],
    ["0", 0],
  ])("reads %s as %d bytes", (text, expected) => {
    expect(parseSize(text)).toBe(expected);
  });

  it.each(["", "MB", "1 M", "10G", "-1MB", "1iB", "1MBit", "1e6", "1,5MB", "0x10", "9".repeat(20)])(
    "refuses %j",
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );

  it("is written as text that reads back as the same number", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.constantFrom(1, 1000, 1024, 1e6, 2 ** 20), (amount, unit) => {
        expect(parseSize(writeSize(amount * unit))).toBe(amount * unit);
      }),
    );
  });

  it.each([
    [5 * 2 ** 30, "5GiB"],
    [1_000_000, "1MB"],
    [500_000, "500kB"],
    [1023, "1023B"],
    [0, "0B"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(writeSize(bytes)).toBe(text);
  });
});
