import { describe, expect, it } from "vitest";
import type { CommitRecord } from "./recovery-point.ts";
import { dropText, sizeDrop } from "./size-drop.ts";

const point = (day: number, sourceBytes: number, entries = 10, capture = {}) =>
  ({
    startedAt: `2026-11-${String(day).padStart(2, "0")}T00:00:00Z`,
    totals: { sourceBytes, entries },
    capture,
  }) as CommitRecord;

describe("a point that holds much less than those before it", () => {
  const before = [point(1, 100), point(2, 110), point(3, 120)];

  it("is told by its size, and by what is in it", () => {
    expect(sizeDrop(point(4, 54), before, 0.5)).toEqual({ of: "size", from: 110, to: 54 });
    expect(sizeDrop(point(4, 110, 4), before, 0.5)).toEqual({ of: "entries", from: 10, to: 4 });
    expect(sizeDrop(point(4, 55, 5), before, 0.5)).toBeUndefined();
    expect(sizeDrop(point(4, 0, 0), before, undefined)).toBeUndefined();
    expect(sizeDrop(point(4, 0, 0), [], 0.5)).toBeUndefined();
  });

  it("is compared with the last five, whatever one of them was, and is not one itself for long", () => {
    expect(sizeDrop(point(4, 50), [point(1, 100), point(2, 1), point(3, 100)], 0.4)?.from).toBe(100);
    const smaller = [point(4, 10), point(5, 10), point(6, 10)];
    expect(sizeDrop(point(7, 10), [...before, ...smaller], 0.5)).toBeUndefined();
    expect(sizeDrop(point(6, 10), [...before, ...smaller.slice(0, 2)], 0.5)).toBeDefined();
  });

  it("is not compared with later ones, nor with those of what a restore replaced, nor is one of these", () => {
    expect(sizeDrop(point(2, 10), [point(1, 10), point(3, 1000)], 0.5)).toBeUndefined();
    expect(sizeDrop(point(4, 10), [point(1, 10), point(3, 1000, 10, { safety: true })], 0.5)).toBeUndefined();
    expect(sizeDrop(point(4, 1, 1, { safety: true }), before, 0.5)).toBeUndefined();
  });

  it("says how much less", () => {
    expect(dropText({ of: "size", from: 100, to: 1 }, (bytes) => `${bytes} B`)).toBe(
      "it holds 1 B, where the points before it had 100 B",
    );
  });
});
