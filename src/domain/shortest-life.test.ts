import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR } from "./instant.ts";
import { planRetention } from "./plan-retention.ts";
import type { RetentionPolicy } from "./retention.ts";
import { shortestLife } from "./shortest-life.ts";

const days = (count: number) => ({ years: 0, months: 0, days: count, milliseconds: 0 });

describe("the shortest life of a point", () => {
  it.each<[string, RetentionPolicy, number, number]>([
    ["is without an end where nothing goes", {}, DAY, Infinity],
    ["is that of the rule that keeps each point longest", { last: 3, daily: 14, weekly: 8 }, DAY, 14 * DAY],
    ["counts no rule that keeps one of several", { last: 3, daily: 14 }, HOUR, 3 * HOUR],
    ["is none where all rules do that", { monthly: 12 }, DAY, 0],
    ["is that of a span of time", { last: 3, within: days(90) }, DAY, 90 * DAY],
    ["is without an end where each stays for ever", { daily: -1 }, DAY, Infinity],
    ["is longer for points that are further apart", { last: 3 }, 7 * DAY, 21 * DAY],
  ])("%s", (_what, policy, interval, life) => {
    expect(shortestLife(policy, interval)).toBe(life);
  });

  it("is never longer than that of the first point that goes", () => {
    const count = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
    const policies = fc.record({ last: count, hourly: count, daily: count, weekly: count });
    const intervals = fc.constantFrom(HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY);
    fc.assert(
      fc.property(
        policies,
        intervals,
        fc.option(fc.integer({ min: 1, max: 30 })),
        (rules, interval, span) => {
          const given = Object.entries(rules).filter(([, value]) => value !== undefined);
          const policy: RetentionPolicy = {
            ...Object.fromEntries(given),
            ...(span && { within: days(span) }),
          };
          const now = Date.parse("2026-11-20T03:00:00Z");
          const points = Array.from({ length: 60 }, (_, at) => ({
            ...{ id: `p${at}`, startedAt: now - at * interval },
            ...{ verified: true, pinned: false, needs: [], inUse: false },
          }));
          const { decisions } = planRetention({ points, policy, timezone: "UTC", now });
          const ages = decisions
            .filter(({ action }) => action === "remove")
            .map(({ startedAt }) => now - startedAt);
          for (const age of ages) expect(age).toBeGreaterThanOrEqual(shortestLife(policy, interval));
        },
      ),
    );
  });
});
