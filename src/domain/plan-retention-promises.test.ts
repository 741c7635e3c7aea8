/** What holds of every plan, whatever the points, the policy, the zone and the time. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idsOf } from "../../test/fakes/retention-points.ts";
import { DAY, HOUR, MINUTE } from "./instant.ts";
import { planRetention } from "./plan-retention.ts";
import { COUNTED_RULES, DEFAULT_MINIMUM, isSet, WITHIN_RULES } from "./retention.ts";
import type { RetentionPoint, RetentionPolicy, RetentionRequest } from "./retention.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const RUNS = { numRuns: 300 };

const count = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.constant(-1));
const duration = fc.record({
  years: fc.constantFrom(0, 0, 1),
  months: fc.integer({ min: 0, max: 3 }),
  days: fc.integer({ min: 0, max: 20 }),
  milliseconds: fc.integer({ min: 0, max: 40 }).map((hours) => hours * HOUR),
});

/** One to three rules, so that there is something left to remove. */
const policies: fc.Arbitrary<RetentionPolicy> = fc
  .record({
    counted: fc.dictionary(fc.constantFrom(...COUNTED_RULES), count, { maxKeys: 2 }),
    within: fc.dictionary(fc.constantFrom(...WITHIN_RULES.map(([rule]) => rule)), duration, { maxKeys: 1 }),
    floor: fc.option(fc.record({ minimum: fc.integer({ min: 0, max: 4 }) }), { nil: {} }),
  })
  .map(({ counted, within, floor }) => ({ ...counted, ...within, ...floor }));

const isEmpty = (policy: RetentionPolicy) =>
  [...COUNTED_RULES, ...WITHIN_RULES.map(([rule]) => rule)].every((rule) => !isSet(policy[rule]));

/** Starts crowd together at every scale, from minutes to years, and some lie after now. */
const starts = fc
  .tuple(fc.constantFrom(MINUTE, HOUR, DAY, 30 * DAY), fc.integer({ min: -6, max: 40 }))
  .map(([unit, steps]) => NOW - unit * steps);

const pointLists: fc.Arbitrary<RetentionPoint[]> = fc
  .array(
    fc.record({
      startedAt: starts,
      verified: fc.integer({ min: 0, max: 4 }).map((die) => die > 0),
      pinned: fc.integer({ min: 0, max: 19 }).map((die) => die === 0),
      inUse: fc.integer({ min: 0, max: 19 }).map((die) => die === 0),
      needed: fc.array(fc.nat(29), { maxLength: 2 }),
      isIncremental: fc.integer({ min: 0, max: 3 }).map((die) => die === 0),
    }),
    { maxLength: 30 },
  )
  .map((drafts) =>
    drafts.map(({ needed, isIncremental, ...draft }, index) => {
      const needs = isIncremental
        ? needed.filter((other) => other < drafts.length).map((other) => `p${other}`)
        : [];
      return { id: `p${index}`, ...draft, needs };
    }),
  );

const requests: fc.Arbitrary<RetentionRequest> = fc.record({
  points: pointLists,
  policy: policies,
  timezone: fc.constantFrom("UTC", "Europe/Prague", "America/St_Johns", "Pacific/Kiritimati"),
  now: fc.constant(NOW),
});

function keptPoints(request: RetentionRequest): RetentionPoint[] {
  const ids = new Set(idsOf(planRetention(request), "keep"));
  return request.points.filter(({ id }) => ids.has(id));
}

function removedPoints(request: RetentionRequest): RetentionPoint[] {
  const ids = new Set(idsOf(planRetention(request), "remove"));
  return request.points.filter(({ id }) => ids.has(id));
}

describe("the generated plans", () => {
  it("remove a good part of their points: otherwise what follows proves little", () => {
    const sample = fc.sample(requests, 200);
    const points = sample.flatMap(({ points: all }) => all).length;
    expect(sample.flatMap(removedPoints).length / points).toBeGreaterThan(0.08);
  });
});

describe("every plan", () => {
  it("is made, not refused, for points and policies that make sense", () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(planRetention(request).refusal).toBeUndefined();
      }),
      RUNS,
    );
  });

  it("decides about each point once, newest first, with at least one reason", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { decisions } = planRetention(request);
        expect(decisions.map(({ id }) => id).sort()).toEqual(request.points.map(({ id }) => id).sort());
        const times = decisions.map(({ startedAt }) => startedAt);
        expect(times).toEqual(times.toSorted((a, b) => b - a));
        expect(decisions.filter(({ reasons }) => reasons.length === 0)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("keeps the newest point that is not from the future", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const past = request.points.filter(({ startedAt }) => startedAt <= NOW);
        const newest = Math.max(...past.map(({ startedAt }) => startedAt));
        if (past.length > 0) expect(keptPoints(request).map(({ startedAt }) => startedAt)).toContain(newest);
      }),
      RUNS,
    );
  });

  it("keeps what is pinned, in use or from the future", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const held = removedPoints(request).filter((p) => p.pinned || p.inUse || p.startedAt > NOW);
        expect(held).toEqual([]);
      }),
      RUNS,
    );
  });

  it("keeps what a kept point needs", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const removed = new Set(removedPoints(request).map(({ id }) => id));
        expect(
          keptPoints(request)
            .flatMap(({ needs }) => needs)
            .filter((id) => removed.has(id)),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  it("leaves the minimum of verified points, or everything while there are fewer", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const past = (points: readonly RetentionPoint[]) =>
          points.filter(({ startedAt }) => startedAt <= NOW);
        const minimum = request.policy.minimum ?? DEFAULT_MINIMUM;
        const left = past(keptPoints(request)).filter(({ verified }) => verified).length;
        if (left < minimum) expect(removedPoints(request)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("does not depend on the order of the points", () => {
    const shuffled = requests.chain((request) =>
      fc.tuple(
        fc.constant(request),
        fc.shuffledSubarray([...request.points], { minLength: request.points.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([request, points]) => {
        expect(planRetention({ ...request, points })).toEqual(planRetention(request));
      }),
      RUNS,
    );
  });

  it("carried out and made again at the same time, removes nothing more", () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(removedPoints({ ...request, points: keptPoints(request) })).toEqual([]);
      }),
      RUNS,
    );
  });

  it("removes nothing for an empty policy", () => {
    fc.assert(
      fc.property(requests, ({ policy, ...request }) => {
        const { minimum = DEFAULT_MINIMUM } = policy;
        expect(removedPoints({ ...request, policy: { minimum } })).toEqual([]);
      }),
      RUNS,
    );
  });

  it("is not changed by pinning what it keeps", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const kept = new Set(keptPoints(request).map(({ id }) => id));
        const points = request.points.map((point) => ({ ...point, pinned: kept.has(point.id) }));
        expect(keptPoints({ ...request, points }).map(({ id }) => id)).toEqual([...kept]);
      }),
      RUNS,
    );
  });
});

describe("a policy that asks for more", () => {
  it("by another rule, removes nothing that was kept without it", () => {
    fc.assert(
      fc.property(requests, policies, (request, extra) => {
        fc.pre(!isEmpty(request.policy));
        const { minimum = DEFAULT_MINIMUM } = request.policy;
        const policy = { ...extra, ...request.policy, minimum };
        const before = new Set(removedPoints(request).map(({ id }) => id));
        expect(removedPoints({ ...request, policy }).filter(({ id }) => !before.has(id))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("by a higher count or a higher minimum, removes nothing that was kept with the lower", () => {
    const names = fc.constantFrom(...COUNTED_RULES, "minimum" as const);
    fc.assert(
      fc.property(requests, names, fc.integer({ min: 1, max: 5 }), (request, name, more) => {
        const policy = { ...request.policy, [name]: (request.policy[name] ?? DEFAULT_MINIMUM) + more };
        fc.pre(!isEmpty(request.policy) && request.policy[name] !== -1);
        const before = new Set(removedPoints(request).map(({ id }) => id));
        expect(removedPoints({ ...request, policy }).filter(({ id }) => !before.has(id))).toEqual([]);
      }),
      RUNS,
    );
  });
});
