/** The rules of retention as a specification: points, a policy, and what becomes of each point. */
import { describe, expect, it } from "vitest";
import { kept, plan, spelledOut, within } from "../../test/fakes/retention-points.ts";
import { HOUR } from "./instant.ts";
import type { RetentionPolicy } from "./retention.ts";

const WEEK_OF_DAYS = ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"];
const TWICE_A_DAY = [
  "2026-11-18 03:00",
  "2026-11-18 15:00",
  "2026-11-19 03:00",
  "2026-11-19 15:00",
  "2026-11-20 03:00",
  "2026-11-20 15:00",
];
const NO_FLOOR = { minimum: 0 };

describe("the reasons of a plan", () => {
  it("say of each point what keeps it, or what each rule has against it", () => {
    expect(spelledOut({ points: TWICE_A_DAY, policy: { last: 2, daily: 2 } })).toEqual([
      "keep 2026-11-20 15:00: newest, last 2 (1 of 2), daily 2026-11-20 (1 of 2), minimum verified (1 of 1)",
      "keep 2026-11-20 03:00: last 2 (2 of 2)",
      "keep 2026-11-19 15:00: daily 2026-11-19 (2 of 2)",
      "remove 2026-11-19 03:00: last 2 is used up, daily 2026-11-19 is kept by 2026-11-19 15:00",
      "remove 2026-11-18 15:00: last 2 is used up, daily 2 is used up",
      "remove 2026-11-18 03:00: last 2 is used up, daily 2 is used up",
    ]);
  });

  it("name the bucket of each rule", () => {
    const policy = { hourly: 1, daily: -1, weekly: -1, monthly: -1, yearly: -1, last: -1, minimum: 0 };
    expect(spelledOut({ points: ["2026-11-20 15:30"], policy })).toEqual([
      "keep 2026-11-20 15:30: newest, last, hourly 2026-11-20T15+00:00 (1 of 1), daily 2026-11-20, " +
        "weekly 2026-W47, monthly 2026-11, yearly 2026",
    ]);
  });

  it("tell the oldest point that a count not used up keeps", () => {
    expect(spelledOut({ points: TWICE_A_DAY.slice(0, 2), policy: { daily: 7, ...NO_FLOOR } })).toEqual([
      "keep 2026-11-18 15:00: newest, daily 2026-11-18 (1 of 7)",
      "keep 2026-11-18 03:00: oldest (daily 2026-11-18 (2 of 7))",
    ]);
  });

  it("tell the length of time that keeps a point, or no longer does", () => {
    const policy = { within: within({ days: 1 }), withinDaily: within({ days: 2 }), ...NO_FLOOR };
    expect(spelledOut({ points: TWICE_A_DAY.slice(1), policy })).toEqual([
      "keep 2026-11-20 15:00: newest, within 1d, daily 2026-11-20 within 2d",
      "keep 2026-11-20 03:00: within 1d",
      "keep 2026-11-19 15:00: daily 2026-11-19 within 2d",
      "remove 2026-11-19 03:00: not within 1d of the newest, daily 2026-11-19 within 2d is kept by 2026-11-19 15:00",
      "remove 2026-11-18 15:00: not within 1d of the newest, not within 2d of the newest",
    ]);
  });
});

describe("an empty policy", () => {
  it.each<[string, RetentionPolicy]>([
    ["without any rule", {}],
    ["with only a minimum", { minimum: 2 }],
    ["whose rules are all 0", { last: 0, daily: 0 }],
    ["whose only length of time is 0", { within: within({}) }],
  ])("%s keeps everything", (_, policy) => {
    expect(kept({ points: WEEK_OF_DAYS, policy })).toHaveLength(5);
  });

  it("says so", () => {
    expect(spelledOut({ points: ["2026-11-20"], policy: { minimum: 0 } })).toEqual([
      "keep 2026-11-20: newest, the policy is empty",
    ]);
  });
});

describe("which points a policy keeps", () => {
  it.each<[string, string[], RetentionPolicy, string[]]>([
    ["last 2: the two newest", WEEK_OF_DAYS, { last: 2 }, ["2026-11-20", "2026-11-19"]],
    ["last -1: all", WEEK_OF_DAYS, { last: -1 }, WEEK_OF_DAYS.toReversed()],
    ["last beyond what there is: all", WEEK_OF_DAYS, { last: 99 }, WEEK_OF_DAYS.toReversed()],
    [
      "daily 2: the newest of each of the two newest days",
      TWICE_A_DAY,
      { daily: 2 },
      ["2026-11-20 15:00", "2026-11-19 15:00"],
    ],
    [
      "daily 3, used up: not the oldest",
      TWICE_A_DAY,
      { daily: 3 },
      ["2026-11-20 15:00", "2026-11-19 15:00", "2026-11-18 15:00"],
    ],
    [
      "daily 4, not used up: the oldest too",
      TWICE_A_DAY,
      { daily: 4 },
      ["2026-11-20 15:00", "2026-11-19 15:00", "2026-11-18 15:00", "2026-11-18 03:00"],
    ],
    [
      "daily -1, never used up: the oldest too",
      TWICE_A_DAY,
      { daily: -1 },
      ["2026-11-20 15:00", "2026-11-19 15:00", "2026-11-18 15:00", "2026-11-18 03:00"],
    ],
    [
      "days without a point do not count: a gap costs no history",
      ["2025-01-01", "2026-03-01", "2026-11-20"],
      { daily: 2 },
      ["2026-11-20", "2026-03-01"],
    ],
    [
      "hourly 2: hours count by the clock, not by distance",
      ["2026-11-20 10:00", "2026-11-20 10:59", "2026-11-20 11:00", "2026-11-20 11:01"],
      { hourly: 2 },
      ["2026-11-20 11:01", "2026-11-20 10:59"],
    ],
    [
      "weekly 2: weeks begin on Monday",
      ["2026-11-13", "2026-11-15", "2026-11-16", "2026-11-20"],
      { weekly: 2 },
      ["2026-11-20", "2026-11-15"],
    ],
    [
      "monthly 2",
      ["2026-09-30", "2026-10-01", "2026-10-31", "2026-11-20"],
      { monthly: 2 },
      ["2026-11-20", "2026-10-31"],
    ],
    [
      "yearly 2",
      ["2024-06-01", "2025-01-01", "2025-12-31", "2026-11-20"],
      { yearly: 2 },
      ["2026-11-20", "2025-12-31"],
    ],
    [
      "two rules: whatever either keeps, each counting by itself",
      WEEK_OF_DAYS,
      { last: 1, daily: 3 },
      ["2026-11-20", "2026-11-19", "2026-11-18"],
    ],
    [
      "within 2d: strictly younger, counted back from the newest point and not from now",
      WEEK_OF_DAYS,
      { within: within({ days: 2 }) },
      ["2026-11-20", "2026-11-19"],
    ],
    [
      "within 36h: hours are elapsed time",
      TWICE_A_DAY,
      { within: within({ milliseconds: 36 * HOUR }) },
      ["2026-11-20 15:00", "2026-11-20 03:00", "2026-11-19 15:00"],
    ],
    [
      "within by hour: the newest of each hour in the span, and no oldest",
      ["2026-11-20 10:00", "2026-11-20 10:59", "2026-11-20 11:00", "2026-11-20 11:01"],
      { withinHourly: within({ days: 1 }) },
      ["2026-11-20 11:01", "2026-11-20 10:59"],
    ],
    [
      "within by week",
      ["2026-11-02", "2026-11-13", "2026-11-15", "2026-11-16", "2026-11-20"],
      { withinWeekly: within({ days: 14 }) },
      ["2026-11-20", "2026-11-15"],
    ],
    [
      "within by month",
      ["2026-08-31", "2026-10-01", "2026-10-31", "2026-11-20"],
      { withinMonthly: within({ months: 2 }) },
      ["2026-11-20", "2026-10-31"],
    ],
    [
      "within by year",
      ["2024-01-01", "2025-01-01", "2025-12-31", "2026-11-20"],
      { withinYearly: within({ years: 2 }) },
      ["2026-11-20", "2025-12-31"],
    ],
    ["one point: it", ["2026-11-20"], { last: 1 }, ["2026-11-20"]],
  ])("%s", (_, points, policy, expected) => {
    expect(kept({ points, policy })).toEqual(expected);
  });
});

describe("a plan", () => {
  it("of nothing is empty", () => {
    expect(plan({ points: [], policy: { last: 1 } })).toEqual({ decisions: [], refusal: undefined });
  });

  it("decides once about a point that is listed twice", () => {
    const twice = [...WEEK_OF_DAYS, ...WEEK_OF_DAYS];
    expect(spelledOut({ points: twice, policy: { last: 2 } })).toEqual(
      spelledOut({ points: WEEK_OF_DAYS, policy: { last: 2 } }),
    );
  });
});
