import { describe, expect, it } from "vitest";
import { every } from "../../test/fakes/schedules.ts";
import { assessFreshness } from "./freshness.ts";
import { DAY, HOUR, type Instant } from "./instant.ts";
import { rememberedBySchedule } from "./remembered-by-schedule.ts";
import type { Schedule } from "./schedule.ts";

/** Asks of schedules, and how often they were asked indeed. */
function counted() {
  const asked: Instant[] = [];
  const next = rememberedBySchedule((schedule, about) => {
    asked.push(about);
    return schedule.next(about);
  });
  return { asked, next };
}

describe("answers remembered by schedule", () => {
  it("are asked for once each, also the one that there is none", () => {
    const { asked, next } = counted();
    const over: Schedule = { ...every(DAY), next: () => undefined };
    for (let time = 0; time < 3; time++) {
      expect(next(over, 0)).toBeUndefined();
      expect(next(over, DAY)).toBeUndefined();
    }
    expect(asked).toEqual([0, DAY]);
  });

  it("are never those of another schedule or instant, however many are asked for", () => {
    const { next } = counted();
    const schedules = [every(DAY), every(HOUR), every(DAY)];
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 100; at++) {
        for (const schedule of schedules) expect(next(schedule, at * HOUR)).toBe(schedule.next(at * HOUR));
      }
    }
  });

  it("spare a job that is fresh all questions to its schedule from the second look on", () => {
    const asked: Instant[] = [];
    const daily = every(DAY);
    const schedule: Schedule = { ...daily, next: (after) => (asked.push(after), daily.next(after)) };
    const look = (now: Instant, newestStartedAt = 10 * DAY) =>
      assessFreshness({ newestStartedAt, firstSeenAt: 0, schedule, maxAge: 2 * DAY, now }).freshness;
    expect(look(10 * DAY + HOUR)).toBe("fresh");
    const first = asked.length;
    expect(look(10 * DAY + 2 * HOUR)).toBe("fresh");
    expect(asked).toHaveLength(first);
    expect(look(11 * DAY + 6 * HOUR)).toBe("late");
    expect(look(11 * DAY + 6 * HOUR, 11 * DAY)).toBe("fresh");
  });
});
