import { describe, expect, it } from "vitest";

import { recordOf } from "../../test/fakes/points.ts";
import { chooseBase, type BaseQuestion } from "./choose-base.ts";
import { DAY, HOUR } from "./instant.ts";
import type { CatalogPoint, CommitRecord } from "./recovery-point.ts";
import type { Schedule } from "./schedule.ts";

/** Mondays, 00:00 UTC. */
const WEEKLY: Schedule = {
  expression: "weekly",
  timezone: "UTC",
  next: (after) => Math.floor((after - 4 * DAY) / (7 * DAY) + 1) * 7 * DAY + 4 * DAY,
  previous: (at) => Math.floor((at - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY,
};

/** A Friday. */
const NOW = Date.parse("2026-11-20T12:00:00Z");

function pointOf(day: string, changes: Partial<CommitRecord> = {}, failed = false): CatalogPoint {
  const record = recordOf(`2026-11-${day}T03:00:00Z`, changes);
  const { id, job } = record;
  const startedAt = Date.parse(record.startedAt);
  const proof = {
    format: 1,
    operation: "verify",
    point: id,
    at: record.startedAt,
    problems: ["bad"],
  } as const;
  const lastProof = failed ? { ...proof, outcome: "failed" as const, problems: ["bad"] } : undefined;
  return { ...{ id, job, startedAt, record, lastProof }, store: "s", finishedAt: startedAt, pinned: false };
}

function choose(stores: CatalogPoint[][], change: Partial<BaseQuestion> = {}) {
  const choice = chooseBase({ full: WEEKLY, sourceKind: "volume", now: NOW, stores, ...change });
  return choice.base?.id ?? choice.fullBecause;
}

const full = pointOf("16");
const needsFull: Partial<CommitRecord> = { kind: "incremental", needs: [full.id] };
const tuesday = pointOf("17", needsFull);
const wednesday = pointOf("18", needsFull);

describe("an incremental point builds on", () => {
  it("the newest point", () => {
    expect(choose([[wednesday, tuesday, full]])).toBe(wednesday.id);
  });

  it("the newest one that every store has", () => {
    expect(
      choose([
        [wednesday, tuesday, full],
        [tuesday, full],
      ]),
    ).toBe(tuesday.id);
  });

  it("none whose proof failed, nor one that needs such a point", () => {
    expect(choose([[pointOf("18", needsFull, true), tuesday, full]])).toBe(tuesday.id);
    const damaged = pointOf("16", {}, true);
    expect(choose([[wednesday, tuesday, damaged]])).toMatch(/no earlier point that can be trusted/);
  });

  it("none that is another one in another store", () => {
    const foreign = pointOf("18", { ...needsFull, objects: [] });
    expect(
      choose([
        [wednesday, tuesday, full],
        [foreign, tuesday, full],
      ]),
    ).toBe(tuesday.id);
  });

  it("none whose bytes are in a point that is another one in another store", () => {
    const foreign = pointOf("16", { objects: [] });
    expect(
      choose([
        [wednesday, full],
        [wednesday, foreign],
      ]),
    ).toBe("no earlier point is whole in every store");
  });

  it("none of the future, and none of another kind of source", () => {
    const future = pointOf("21", needsFull);
    expect(choose([[future, tuesday, full]])).toBe(tuesday.id);
    expect(choose([[pointOf("18", { sourceKind: "postgres" }), tuesday, full]])).toBe(tuesday.id);
  });
});

describe("a point is a full", () => {
  it("when it is the first", () => {
    expect(choose([[]])).toBe("it is the first");
    expect(choose([[], []])).toBe("it is the first");
  });

  it("when a store has none that the others have", () => {
    expect(choose([[full], []])).toBe("no earlier point is whole in every store");
  });

  it("when every one is to be", () => {
    expect(choose([[full]], { full: undefined })).toBe("every point of the job is one");
  });

  it("in the first run after one is due, and not in the next", () => {
    const monday = Date.parse("2026-11-23T03:00:00Z");
    expect(choose([[wednesday, tuesday, full]], { now: monday })).toBe("one is due");
    const next = pointOf("23");
    expect(choose([[next, wednesday, tuesday, full]], { now: monday + HOUR })).toBe(next.id);
  });

  it("when no full is left to count from", () => {
    expect(choose([[pointOf("17", { kind: "incremental" })]])).toBe("one is due");
  });
});
