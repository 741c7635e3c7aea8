import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverageOf, mergeReadings, planSample, type Reading, type SampledObject } from "./sample.ts";

const NOW = 1000;

function objectOf(changes: Partial<SampledObject> = {}): SampledObject {
  return {
    ...{ point: "p", startedAt: 1, object: "archive", size: 100, isIndivisible: false, readings: [] },
    ...changes,
  };
}

const partsOf = (objects: SampledObject[], budget: number) =>
  planSample(objects, budget, NOW).map(({ point, object, from, to }) => `${point}/${object} ${from}-${to}`);

describe("a sample", () => {
  it("takes what was never read first, of the oldest point first, then what was read longest ago", () => {
    const objects = [
      objectOf({ point: "new", startedAt: 3, readings: [{ from: 0, to: 50, at: 10 }] }),
      objectOf({ point: "old", startedAt: 2, readings: [{ from: 0, to: 90, at: 20 }] }),
    ];
    expect(partsOf(objects, 200)).toEqual([
      "old/archive 90-100",
      "new/archive 50-100",
      "new/archive 0-50",
      "old/archive 0-90",
    ]);
    expect(partsOf(objects, 15)).toEqual(["old/archive 90-100", "new/archive 50-55"]);
  });

  it("reads an index as a whole, as soon as a part of it is due", () => {
    const index = objectOf({ object: "index", size: 30, isIndivisible: true });
    expect(partsOf([index, objectOf()], 10)).toEqual(["p/index 0-30"]);
    const halfRead = { ...index, readings: [{ from: 0, to: 10, at: 5 }] };
    expect(partsOf([halfRead], 1)).toEqual(["p/index 0-30"]);
  });

  it("reads at least one byte, and nothing where there is nothing", () => {
    expect(partsOf([objectOf()], 0)).toEqual(["p/archive 0-1"]);
    expect(partsOf([], 10)).toEqual([]);
    expect(partsOf([objectOf({ size: 0 })], 10)).toEqual([]);
  });

  it("does not believe readings of the future, which a wrong clock wrote", () => {
    const readings = [{ from: 0, to: 100, at: NOW + 1 }];
    expect(
      partsOf([objectOf({ readings }), objectOf({ point: "q", readings: [{ ...readings[0]!, at: 5 }] })], 10),
    ).toEqual(["p/archive 0-10"]);
    expect(coverageOf([objectOf({ readings })], NOW)).toEqual({
      readBytes: 0,
      totalBytes: 100,
      oldestAt: undefined,
    });
  });
});

describe("samples one after the other", () => {
  it("come round everything, whatever the sizes and the share, and then begin with the oldest again", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 99 }), (all, percent) => {
        const readings = new Map<string, Reading[]>();
        const objects = () =>
          all.map((size, at) =>
            objectOf({ point: `p${at}`, startedAt: at, size, readings: readings.get(`p${at}`) ?? [] }),
          );
        const total = all.reduce((sum, size) => sum + size, 0);
        const budget = Math.ceil((total * percent) / 100);
        const calls = Math.ceil(total / budget);
        for (let call = 1; call <= calls; call++) {
          expect(coverageOf(objects(), NOW).readBytes).toBeLessThan(total);
          for (const { point, from, to } of planSample(objects(), budget, NOW)) {
            readings.set(point, [...(readings.get(point) ?? []), { from, to, at: call }]);
          }
        }
        const { readBytes, oldestAt } = coverageOf(objects(), NOW);
        expect(readBytes).toBe(total);
        const [next] = planSample(objects(), budget, NOW);
        const times = readings
          .get(next?.point ?? "")
          ?.filter(({ from, to }) => from <= (next?.from ?? 0) && to > (next?.from ?? 0));
        expect(Math.max(...(times ?? []).map(({ at }) => at))).toBe(oldestAt);
      }),
    );
  });
});

describe("merged readings", () => {
  const readings = fc.array(
    fc.record({
      from: fc.integer({ min: 0, max: 99 }),
      length: fc.integer({ min: 1, max: 60 }),
      at: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 30 },
  );

  it("know the same as all together", () => {
    fc.assert(
      fc.property(readings, (some) => {
        const all = some.map(({ from, length, at }) => ({ from, to: from + length, at }));
        const merged = mergeReadings(100, all, 1000);
        expect(coverageOf([objectOf({ readings: merged })], NOW)).toEqual(
          coverageOf([objectOf({ readings: all })], NOW),
        );
        expect(partsOf([objectOf({ readings: merged })], 500)).toEqual(
          partsOf([objectOf({ readings: all })], 500),
        );
      }),
    );
  });

  it("are never more than the limit, and never claim more than was read or later than it was", () => {
    fc.assert(
      fc.property(readings, fc.integer({ min: 1, max: 8 }), (some, limit) => {
        const all = some.map(({ from, length, at }) => ({ from, to: from + length, at }));
        const merged = mergeReadings(100, all, limit);
        expect(merged.length).toBeLessThanOrEqual(limit);
        for (let byte = 0; byte < 100; byte++) {
          const latest = (of: Reading[]) =>
            Math.max(0, ...of.filter(({ from, to }) => from <= byte && byte < to).map(({ at }) => at));
          expect(latest(merged)).toBeLessThanOrEqual(latest(all));
        }
      }),
    );
  });
});
