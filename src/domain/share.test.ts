import { expect, it } from "vitest";
import { formatShare, parseShare } from "./share.ts";

it("is a percentage, with or without its sign, up to all of it", () => {
  expect(["10%", "10", " 0.5 % ", "100%", "99.9%"].map(parseShare)).toEqual([0.1, 0.1, 0.005, 1, 0.999]);
  expect(["0", "0%", "101%", "-1%", "", "all", "1e1", "10%%"].map(parseShare)).toEqual(
    Array(8).fill(undefined),
  );
});

it("is written as it was read", () => {
  for (const text of ["10%", "0.5%", "100%", "33.3%"]) expect(formatShare(parseShare(text) ?? 0)).toBe(text);
});
