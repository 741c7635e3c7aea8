import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PartSizes, type PartRules } from "./part-sizes.ts";

const [MIB, GIB, TIB] = [2 ** 20, 2 ** 30, 2 ** 40];

function partsFor(size: number, rules: PartRules): { count: number; largest: number } {
  const sizes = new PartSizes(rules);
  let [sent, count, largest] = [0, 0, 0];
  while (sent < size) {
    const next = sizes.next(sent);
    largest = Math.max(largest, Math.min(next, size - sent));
    sent += next;
    count++;
  }
  return { count, largest };
}

describe("the sizes of parts", () => {
  it("fit the largest object of 5 TiB into the parts allowed, whatever those are", () => {
    const rules = fc.record({
      partSize: fc.integer({ min: 5, max: 1024 }).map((mebibytes) => mebibytes * MIB),
      maxParts: fc.integer({ min: 4096, max: 10_000 }),
      equalParts: fc.constant(false),
    });
    fc.assert(
      fc.property(rules, (of) => {
        expect(partsFor(5 * TIB, of).count).toBeLessThanOrEqual(of.maxParts);
      }),
      { numRuns: 50 },
    );
  });

  it("reach a quarter of what few parts can hold", () => {
    for (const maxParts of [100, 1000, 2000]) {
      const rules = { partSize: 8 * MIB, maxParts, equalParts: false };
      expect(partsFor((maxParts * 5 * GIB) / 4, rules).count).toBeLessThanOrEqual(maxParts);
    }
  });

  it("stay small as long as they can", () => {
    const rules = { partSize: 8 * MIB, maxParts: 10_000, equalParts: false };
    expect(partsFor(10 * GIB, rules).largest).toBe(8 * MIB);
    expect(partsFor(100 * GIB, rules).largest).toBeLessThanOrEqual(75 * MIB);
    expect(partsFor(TIB, rules).largest).toBeLessThanOrEqual(750 * MIB);
  });

  it("never pass 5 GiB, and are never below what was asked for", () => {
    const sizes = new PartSizes({ partSize: 16 * MIB, maxParts: 3, equalParts: false });
    for (const sent of [0, MIB, GIB, 50 * TIB]) {
      expect(sizes.next(sent)).toBeGreaterThanOrEqual(16 * MIB);
      expect(sizes.next(sent)).toBeLessThanOrEqual(5 * GIB);
    }
  });

  it("are all equal where the server takes no others", () => {
    const sizes = new PartSizes({ partSize: 64 * MIB, maxParts: 10_000, equalParts: true });
    for (const sent of [0, GIB, TIB]) expect(sizes.next(sent)).toBe(64 * MIB);
  });
});
