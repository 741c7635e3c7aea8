import { describe, expect, it } from "vitest";
import type { Problem } from "./alerts.ts";
import {
  EVERYTHING,
  parseQuietHours,
  roomNow,
  takes,
  waitsInQuiet,
  type ChannelRules,
} from "./channel-rules.ts";
import { HOUR, MINUTE } from "./instant.ts";

const problem: Problem = {
  condition: "stale",
  job: "data",
  severity: "warning",
  title: "t",
  detail: "d",
  next: "n",
};
const told = (rules: Partial<ChannelRules>, about: Partial<Problem> = {}) =>
  takes({ ...EVERYTHING, ...rules }, "team", { problem: { ...problem, ...about }, event: "firing" });

describe("a channel is told", () => {
  it("everything, unless it says what", () => expect(told({})).toBe(true));

  it("nothing that is less severe than it wants", () => {
    expect([
      told({ severity: "critical" }),
      told({ severity: "critical" }, { severity: "critical" }),
    ]).toEqual([false, true]);
  });

  it("what is about its jobs and conditions, and what is about no job", () => {
    expect([told({ jobs: ["data"] }), told({ jobs: ["users"] })]).toEqual([true, false]);
    const { job: _job, ...ofStore } = problem;
    expect(takes({ ...EVERYTHING, jobs: ["users"] }, "team", { problem: ofStore, event: "firing" })).toBe(
      true,
    );
    expect([told({ conditions: ["stale"] }), told({ conditions: ["run-failed"] })]).toEqual([true, false]);
  });

  it("not that it is broken itself, but with each repetition, and at the end, whatever its rules", () => {
    const own = { ...problem, condition: "channel-broken" as const, channel: "team" };
    const rules = { ...EVERYTHING, conditions: ["stale"] as const };
    const about = (event: "firing" | "repeated" | "resolved") =>
      takes(rules, "team", { problem: own, event });
    expect((["firing", "repeated", "resolved"] as const).map(about)).toEqual([false, true, true]);
  });
});

describe("quiet hours", () => {
  const hours = (text: string, lets: "critical" | "nothing" = "critical") => {
    const parsed = parseQuietHours(text);
    return { ...EVERYTHING, quiet: parsed && { ...parsed, lets } };
  };
  const waits = (
    rules: ChannelRules,
    hour: number,
    about: Partial<Problem> = {},
    event = "firing" as const,
  ) => waitsInQuiet(rules, { event, problem: { ...problem, ...about } }, hour * 60);

  it("may go through midnight, and end before their last minute", () => {
    const night = hours("22:00-07:00");
    expect([21, 22, 0, 6, 7].map((hour) => waits(night, hour))).toEqual([false, true, true, true, false]);
    expect([12, 13, 14].map((hour) => waits(hours("13:00 - 14:00"), hour))).toEqual([false, true, false]);
  });

  it("let what is critical pass, unless they let nothing", () => {
    const critical = { severity: "critical" } as const;
    expect(waits(hours("22:00-07:00"), 23, critical)).toBe(false);
    expect(waits(hours("22:00-07:00", "nothing"), 23, critical)).toBe(true);
  });

  it("let nobody be woken because something is over, and a test pass", () => {
    const about = { problem: { ...problem, severity: "critical" as const } };
    expect(waitsInQuiet(hours("22:00-07:00"), { ...about, event: "resolved" }, 0)).toBe(true);
    expect(waitsInQuiet(hours("22:00-07:00", "nothing"), { ...about, event: "test" }, 0)).toBe(false);
  });

  it.each(["", "22-7", "24:00-07:00", "07:00-07:00", "22:00-07:60"])("%s are none", (text) =>
    expect(parseQuietHours(text)).toBeUndefined(),
  );
});

it("a limit counts what was sent within the hour, and nothing of the future", () => {
  const now = 100 * HOUR;
  const sent = [now - 2 * HOUR, now - HOUR, now - MINUTE, now, now + HOUR];
  expect(roomNow({ ...EVERYTHING, maxPerHour: 3 }, sent, now)).toBe(1);
  expect(roomNow(EVERYTHING, sent, now)).toBe(Infinity);
});
