import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueAt, every } from "../../test/fakes/schedules.ts";
import { ageLimit, assessFreshness, FRESHNESS, type FreshnessFacts } from "./freshness.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./instant.ts";

const at = (text: string) => Date.parse(`2026-11-${text}:00Z`);

/** A daily job at 03:00 whose newest point is of the 19th. */
const daily: FreshnessFacts = {
  newestStartedAt: at("19T03:00"),
  firstSeenAt: at("01T00:00"),
  schedule: every(HOUR, (due) => new Date(due).getUTCHours() === 3),
  maxAge: undefined,
  now: at("19T12:00"),
};
describe("a point's freshness", () => {
  it.each([
    ["is fresh until the next run was due", daily, "20T02:59", "fresh"],
    ["is fresh while the next run has its grace", daily, "20T05:00", "fresh"],
    ["is stale when interval and grace are over", daily, "20T05:01", "stale"],
    ["is fresh at exactly the configured limit", { ...daily, maxAge: 24 * HOUR }, "20T03:00", "fresh"],
    ["is stale just after the configured limit", { ...daily, maxAge: 24 * HOUR }, "20T03:01", "stale"],
    [
      "is late when a due run brought nothing, within the limit",
      { ...daily, maxAge: 50 * HOUR },
      "20T05:01",
      "late",
    ],
    ["is not late while that run has its grace", { ...daily, maxAge: 50 * HOUR }, "20T05:00", "fresh"],
    ["is stale, not late, when both hold", { ...daily, maxAge: 50 * HOUR }, "21T05:01", "stale"],
    ["is fresh for ever without schedule and limit", { ...daily, schedule: undefined }, "30T00:00", "fresh"],
    [
      "is judged by the limit alone without schedule",
      { ...daily, schedule: undefined, maxAge: HOUR },
      "19T04:01",
      "stale",
    ],
    ["of a schedule that is never due again is fresh", { ...daily, schedule: dueAt() }, "30T00:00", "fresh"],
  ] as const)("%s", (_name, facts, now, expected) => {
    expect(assessFreshness({ ...facts, now: at(now) }).freshness).toBe(expected);
  });

  it("counts the age from the start of the newest point", () => {
    expect(assessFreshness(daily)).toMatchObject({ age: 9 * HOUR, fromFuture: false });
  });

  it("says since when a newer one is missing", () => {
    expect(assessFreshness({ ...daily, now: at("21T00:00") }).overdueSince).toBe(at("20T05:00"));
    const late = assessFreshness({ ...daily, maxAge: 50 * HOUR, now: at("20T12:00") });
    expect(late.overdueSince).toBe(at("20T03:00"));
    expect(assessFreshness(daily)).not.toHaveProperty("overdueSince");
  });

  it("has age 0 and a flag when it claims to be from the future", () => {
    const ahead = assessFreshness({ ...daily, newestStartedAt: at("25T03:00") });
    expect(ahead).toMatchObject({ freshness: "fresh", age: 0, fromFuture: true });
  });
});

describe("a job without any point", () => {
  const never = { ...daily, newestStartedAt: undefined, maxAge: 26 * HOUR };

  it("is no problem yet while the limit since it was first seen runs", () => {
    const assessed = assessFreshness({ ...never, now: at("02T02:00") });
    expect(assessed).toMatchObject({ freshness: "never", age: undefined });
    expect(assessed).not.toHaveProperty("overdueSince");
  });

  it("is overdue once that limit has passed", () => {
    expect(assessFreshness({ ...never, now: at("02T02:01") }).overdueSince).toBe(at("02T02:00"));
  });

  it("is never overdue without schedule and limit", () => {
    const assessed = assessFreshness({
      ...never,
      maxAge: undefined,
      schedule: undefined,
      now: at("30T00:00"),
    });
    expect(assessed).toMatchObject({ freshness: "never", limit: undefined });
    expect(assessed).not.toHaveProperty("overdueSince");
  });
});

describe("the limit of a schedule", () => {
  const limitOf = (schedule: FreshnessFacts["schedule"], around = at("18T12:00")) =>
    ageLimit({ schedule, maxAge: undefined, around });
  const weekday = (due: number) => ![0, 6].includes(new Date(due).getUTCDay());
  const officeHours = (due: number) =>
    weekday(due) && new Date(due).getUTCHours() >= 9 && new Date(due).getUTCHours() <= 17;
  const minuteOf = (due: number) => new Date(due).getUTCMinutes();

  it.each([
    ["every second", every(SECOND), SECOND + MINUTE],
    ["every ten minutes", every(10 * MINUTE), 12.5 * MINUTE],
    ["hourly", every(HOUR), 75 * MINUTE],
    ["daily", every(DAY), 26 * HOUR],
    ["on weekdays", every(DAY, weekday), 74 * HOUR],
    ["every five minutes of office hours", every(5 * MINUTE, officeHours), 63 * HOUR + 5 * MINUTE + 2 * HOUR],
    [
      "twice close together in every hour",
      every(5 * MINUTE, (due) => minuteOf(due) < 10),
      55 * MINUTE * 1.25,
    ],
    [
      "every 2 s of half of each hour",
      every(2 * SECOND, (due) => minuteOf(due) < 30),
      (30 * MINUTE + 2 * SECOND) * 1.25,
    ],
    ["weekly", every(7 * DAY), 7 * DAY + 2 * HOUR],
    ["monthly", dueAt("2026-11-01T00:00Z", "2026-12-01T00:00Z", "2027-01-01T00:00Z"), 30 * DAY + 2 * HOUR],
  ])("%s is its longest interval plus grace", (_name, schedule, expected) => {
    expect(limitOf(schedule)).toBe(expected);
  });

  it("includes the hour that the end of summer time adds", () => {
    // 03:00 in Prague, where 25 October 2026 has 25 hours.
    const prague = dueAt("2026-10-23T01:00Z", "2026-10-24T01:00Z", "2026-10-25T02:00Z", "2026-10-26T02:00Z");
    expect(limitOf(prague, Date.parse("2026-10-24T01:00:05Z"))).toBe(27 * HOUR);
  });

  it("is not shortened by the hour that the start of summer time takes", () => {
    // 03:00 in Prague, where 29 March 2026 has 23 hours.
    const prague = dueAt(
      "2026-03-27T02:00Z",
      "2026-03-28T02:00Z",
      "2026-03-29T01:00Z",
      "2026-03-30T01:00Z",
      "2026-03-31T01:00Z",
    );
    expect(limitOf(prague, Date.parse("2026-03-28T02:00Z"))).toBe(26 * HOUR);
  });
});

describe("as time moves on without a new point", () => {
  const arbitraryFacts = fc.record({
    newestStartedAt: fc.option(fc.integer({ min: 0, max: 40 * DAY }), { nil: undefined }),
    firstSeenAt: fc.integer({ min: 0, max: 40 * DAY }),
    schedule: fc.constantFrom(
      undefined,
      every(10 * MINUTE),
      every(DAY),
      every(DAY, (due) => (due / DAY) % 7 < 5),
    ),
    maxAge: fc.option(fc.integer({ min: MINUTE, max: 10 * DAY }), { nil: undefined }),
  });
  const severity = (facts: FreshnessFacts) => {
    const { freshness, overdueSince } = assessFreshness(facts);
    return FRESHNESS.indexOf(freshness) + (overdueSince === undefined ? 0 : 0.5);
  };

  it("freshness never improves and the limit never moves", () => {
    const instant = fc.integer({ min: 0, max: 80 * DAY });
    fc.assert(
      fc.property(arbitraryFacts, instant, instant, (facts, a, b) => {
        const [earlier, later] = [Math.min(a, b), Math.max(a, b)];
        expect(severity({ ...facts, now: later })).toBeGreaterThanOrEqual(
          severity({ ...facts, now: earlier }),
        );
        expect(assessFreshness({ ...facts, now: later }).limit).toBe(
          assessFreshness({ ...facts, now: earlier }).limit,
        );
      }),
      { numRuns: 200 },
    );
  });

  it("a newer point is never less fresh than an older one of a regular schedule", () => {
    const instant = fc.integer({ min: 0, max: 40 * DAY });
    fc.assert(
      fc.property(instant, instant, instant, (a, b, now) => {
        const facts = { ...daily, now };
        const [older, newer] = [Math.min(a, b), Math.max(a, b)];
        expect(severity({ ...facts, newestStartedAt: newer })).toBeLessThanOrEqual(
          severity({ ...facts, newestStartedAt: older }),
        );
      }),
      { numRuns: 200 },
    );
  });
});
