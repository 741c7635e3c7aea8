import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { recordOf } from "../../test/fakes/stored-points.ts";
import type { RetentionPolicy } from "../domain/retention.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { keptByRetention, missedPoints, planCopying, type StoreOfPoints } from "./points-to-copy.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

/** A point of the given day of November; `needs` are days, too. */
function point(day: number, needs: number[] = [], changes: Partial<CatalogPoint> = {}): CatalogPoint {
  const record = recordOf("s", "data", startOf(day), needs.map(idOf));
  const startedAt = Date.parse(record.startedAt);
  const facts = { store: "local", job: "data", id: record.id, startedAt, finishedAt: startedAt, record };
  return { ...facts, pinned: false, lastProof: undefined, ...changes };
}

function startOf(day: number): string {
  return `2026-11-${String(day).padStart(2, "0")} 03:00:00`;
}

function idOf(day: number): string {
  return recordOf("s", "data", startOf(day)).id;
}

function failed({ id }: CatalogPoint): CatalogPoint["lastProof"] {
  return {
    format: 1,
    operation: "verify",
    point: id,
    at: "2026-11-20T04:00:00Z",
    outcome: "failed",
    problems: [],
  };
}

function damaged(day: number, needs: number[] = []): CatalogPoint {
  return point(day, needs, { lastProof: failed(point(day)) });
}

function source(name: string, ...points: CatalogPoint[]): StoreOfPoints {
  return { store: new MemoryStore({ name, clock: new FakeClock() }), points };
}

function plan(wanted: number[], target: CatalogPoint[], ...sources: StoreOfPoints[]) {
  const { copies, damaged: not } = planCopying(wanted.map(idOf), { target, sources });
  const named = copies.map(({ id, from }) => `${dayOf(id)} of ${from.map((store) => store.name).join(", ")}`);
  return { copies: named, damaged: not.map(({ id, why }) => `${dayOf(id)}: ${why}`) };
}

function dayOf(id: string): number {
  return Number(id.slice(6, 8));
}

describe("what is copied", () => {
  it("are the wanted points that the target lacks, the oldest first", () => {
    const local = source("local", point(3), point(2), point(1));
    expect(plan([3, 2, 1], [point(2)], local).copies).toEqual(["1 of local", "3 of local"]);
  });

  it("and all that they need, through any number of points", () => {
    const local = source("local", point(5), point(4, [3]), point(3, [1]), point(2), point(1));
    expect(plan([4], [], local).copies).toEqual(["1 of local", "3 of local", "4 of local"]);
    expect(plan([4], [point(1)], local).copies).toEqual(["3 of local", "4 of local"]);
  });

  it("comes from any store that has the same, the preferred first", () => {
    const [local, nas] = [source("local", point(1)), source("nas", point(2), point(1))];
    expect(plan([1, 2], [], local, nas).copies).toEqual(["1 of local, nas", "2 of nas"]);
  });

  it("comes from no store that has another point by the same id", () => {
    const other = point(1);
    other.record = {
      ...other.record,
      objects: [{ name: "archive.tar.zst", size: 1, sha256: "0".repeat(64) }],
    };
    expect(plan([1], [], source("local", point(1)), source("nas", other)).copies).toEqual(["1 of local"]);
  });

  it("comes from no store where it failed its proof", () => {
    const [local, nas] = [source("local", damaged(1)), source("nas", point(1))];
    expect(plan([1], [], local, nas).copies).toEqual(["1 of nas"]);
    expect(plan([1], [], local)).toEqual({ copies: [], damaged: ["1: no store has it whole"] });
  });

  it("is no point that needs one which no store has whole", () => {
    const local = source("local", point(4), point(3, [2]), point(2, [1]), damaged(1));
    expect(plan([4, 3], [], local)).toEqual({
      copies: ["4 of local"],
      damaged: [
        "1: no store has it whole",
        `2: it needs ${idOf(1)}, and no store has that whole`,
        `3: it needs ${idOf(2)}, and no store has that whole`,
      ],
    });
  });
});

function days(ids: Set<string>): number[] {
  return [...ids].map(dayOf).sort((a, b) => a - b);
}

function question(retention: RetentionPolicy) {
  return { job: { name: "data", retention, keepFor: {}, timezone: "UTC" }, now: NOW, store: "offsite" };
}

describe("what retention would keep", () => {
  it("is judged over what both stores have together", () => {
    const sources = [source("local", point(6), point(5), point(4), point(2), point(1))];
    const target = [point(3)];
    expect(days(keptByRetention(question({ last: 3 }), { target, sources }))).toEqual([4, 5, 6]);
    expect(days(keptByRetention(question({}), { target, sources }))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("counts no point for good that is so in no store", () => {
    const [local, nas] = [source("local", damaged(6), point(5)), source("nas", point(6))];
    expect(days(keptByRetention(question({ last: 1 }), { target: [], sources: [local] }))).toEqual([5, 6]);
    expect(days(keptByRetention(question({ last: 1 }), { target: [], sources: [local, nas] }))).toEqual([6]);
  });
});

describe("what a store missed", () => {
  const count = fc.integer({ min: 0, max: 4 });
  const rules = fc.record({
    last: count,
    daily: count,
    weekly: count,
    monthly: fc.integer({ min: 0, max: 1 }),
  });
  const some = fc.uniqueArray(fc.integer({ min: 1, max: 19 }));

  it("is never pruned again by the very run that brought it, whatever the rules and whatever is where", () => {
    fc.assert(
      fc.property(rules, some, some, (policy, here, elsewhere) => {
        const target = here.map((day) => point(day));
        const sources = [
          source("local", ...elsewhere.map((day) => point(day, day > 1 ? [1] : [])), point(1)),
        ];
        const missed = missedPoints(question(policy), { target, sources });
        const { copies } = planCopying(missed, { target, sources });
        const after = [...target, ...copies.map((copy) => copy.point)];
        const kept = keptByRetention(question(policy), { target: after, sources: [] });
        for (const { id } of copies) expect(kept).toContain(id);
      }),
    );
  });

  const local = source("local", point(7), point(6), point(5, [2]), point(4), point(2), point(1));

  it("is what was made since the oldest it has, and would be kept there", () => {
    expect(days(missedPoints(question({}), { target: [point(7), point(4)], sources: [local] }))).toEqual([
      4, 5, 6, 7,
    ]);
    expect(
      days(missedPoints(question({ last: 2 }), { target: [point(7), point(4)], sources: [local] })),
    ).toEqual([6, 7]);
  });

  it("is nothing where it had nothing: a history is copied when it is asked for", () => {
    expect(days(missedPoints(question({}), { target: [], sources: [local] }))).toEqual([]);
    expect(days(missedPoints(question({}), { target: [point(7)], sources: [local] }))).toEqual([7]);
  });
});
