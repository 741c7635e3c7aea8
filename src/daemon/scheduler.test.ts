import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { every } from "../../test/fakes/schedules.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import { Scheduler } from "./scheduler.ts";
import type { DueRun, ScheduledJob } from "./scheduler.ts";

const START = Date.parse("2026-11-20T00:30:00Z");
const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);

function hourly(overrides: Partial<ScheduledJob> = {}): ScheduledJob {
  return { name: "data", schedule: every(HOUR), jitter: 0, lastAttempt: START, ...overrides };
}

/** A scheduler that has begun; what it starts is noted with the wall clock's time, and lasts until told to end. */
function daemon(jobs: ScheduledJob[], { random = 0.5, lasting = false } = {}) {
  const clock = new FakeClock(START);
  const stop = new AbortController();
  const started: string[] = [];
  const skipped: string[] = [];
  const failed: unknown[] = [];
  const endings: ((error?: Error) => void)[] = [];
  const text = ({ job, due, trigger }: DueRun) =>
    `${time(clock.now())} ${job} due ${time(due)}${trigger === "catch-up" ? " caught up" : ""}`;
  const scheduler = new Scheduler(jobs, {
    clock,
    random: () => random,
    start: async (run) => {
      started.push(text(run));
      if (lasting)
        await new Promise<void>((resolve, reject) => endings.push((e) => (e ? reject(e) : resolve())));
    },
    onSkipped: (run) => skipped.push(text(run)),
    onFailed: (run, error) => failed.push([run.job, error]),
  });
  const finished = scheduler.run(stop.signal);
  const end = async (error?: Error) => {
    endings.shift()?.(error);
    await clock.advance(0);
  };
  return { clock, stop, scheduler, started, skipped, failed, finished, end };
}

function time(instant: number): string {
  const iso = new Date(instant).toISOString();
  return iso.startsWith("2026-11-20") ? iso.slice(11, 16) : iso.slice(5, 16);
}

describe("the scheduler", () => {
  it("starts a job at each due instant", async () => {
    const { clock, started } = daemon([hourly()]);
    await clock.advance(3 * HOUR);
    expect(started).toEqual(["01:00 data due 01:00", "02:00 data due 02:00", "03:00 data due 03:00"]);
  });

  it("starts each of several jobs at its own", async () => {
    const { clock, started } = daemon([
      hourly(),
      hourly({ name: "users", schedule: every(20 * MINUTE), lastAttempt: START }),
    ]);
    await clock.advance(40 * MINUTE);
    expect(started).toEqual(["00:40 users due 00:40", "01:00 data due 01:00", "01:00 users due 01:00"]);
  });

  it("says when the next run is", async () => {
    const { clock, scheduler } = daemon([hourly({ jitter: 10 * MINUTE })]);
    expect(scheduler.nextRunAt("data")).toBe(at("01:05"));
    await clock.advance(HOUR);
    expect(scheduler.nextRunAt("data")).toBe(at("02:05"));
    expect(scheduler.nextRunAt("unknown")).toBeUndefined();
  });

  it("delays a start by a random share of the jitter", async () => {
    const { clock, started } = daemon([hourly({ jitter: 40 * MINUTE })], { random: 0.25 });
    await clock.advance(2 * HOUR);
    expect(started).toEqual(["01:10 data due 01:00", "02:10 data due 02:00"]);
  });

  it("goes on with the others when a job's schedule has ended, and when there are no jobs at all", async () => {
    const over = { expression: "never", timezone: "UTC", next: () => undefined, previous: () => undefined };
    const { clock, started, scheduler } = daemon([hourly({ name: "over", schedule: over }), hourly()]);
    await clock.advance(HOUR);
    expect(started).toEqual(["01:00 data due 01:00"]);
    expect(scheduler.nextRunAt("over")).toBeUndefined();
    const idle = daemon([]);
    await idle.clock.advance(DAY);
    expect(idle.started).toEqual([]);
  });

  it("skips and reports a run while the last one is still going, and starts the next after it", async () => {
    const { clock, started, skipped, end } = daemon([hourly()], { lasting: true });
    await clock.advance(2.6 * HOUR);
    expect(started).toEqual(["01:00 data due 01:00"]);
    expect(skipped).toEqual(["02:00 data due 02:00", "03:00 data due 03:00"]);
    await end();
    await clock.advance(HOUR);
    expect(started.slice(1)).toEqual(["04:00 data due 04:00"]);
  });

  it("reports what a start rejected with, and starts the job again when it is due", async () => {
    const { clock, started, failed, end } = daemon([hourly()], { lasting: true });
    await clock.advance(HOUR);
    const error = new Error("a defect");
    await end(error);
    expect(failed).toEqual([["data", error]]);
    await clock.advance(HOUR);
    expect(started).toHaveLength(2);
  });
});

describe("a missed run", () => {
  it("is caught up on once after a restart, however many were missed", async () => {
    const { clock, started } = daemon([hourly({ lastAttempt: START - 3 * DAY })]);
    await clock.advance(HOUR);
    expect(started).toEqual(["00:30 data due 00:00 caught up", "01:00 data due 01:00"]);
  });

  it("is none when the last attempt came after the due instant, or nothing is known", async () => {
    const { clock, started } = daemon([
      hourly({ lastAttempt: at("00:00") }),
      hourly({ name: "users", lastAttempt: undefined }),
    ]);
    await clock.advance(29 * MINUTE);
    expect(started).toEqual([]);
  });

  it.each([
    ["the machine was suspended", 5 * HOUR + 7 * MINUTE],
    ["the clock was set forward", 400 * DAY],
  ])("is noticed within a minute and caught up on once after %s", async (_, by) => {
    const { clock, started } = daemon([hourly()]);
    await clock.advance(10 * MINUTE);
    clock.jumpTo(clock.now() + by);
    await clock.advance(MINUTE);
    expect(started).toHaveLength(1);
    const due = Math.floor((START + by + 10 * MINUTE) / HOUR) * HOUR;
    expect(started[0]).toMatch(new RegExp(`data due ${time(due)} caught up$`));
    await clock.advance(HOUR);
    expect(started).toHaveLength(2);
  });

  it("is not made of a start that only waited for its jitter", async () => {
    const { clock, started } = daemon([hourly({ jitter: 50 * MINUTE })]);
    await clock.advance(HOUR);
    expect(started).toEqual(["01:25 data due 01:00"]);
  });
});

describe("a clock that is set back", () => {
  it("starts nothing twice for one due instant", async () => {
    const { clock, started } = daemon([hourly()]);
    await clock.advance(2 * HOUR);
    expect(started).toEqual(["01:00 data due 01:00", "02:00 data due 02:00"]);
    clock.jumpTo(at("00:45"));
    await clock.advance(3 * HOUR);
    expect(started.slice(2)).toEqual(["03:00 data due 03:00"]);
  });

  it("starts what was jumped over before and is now due for the first time", async () => {
    const { clock, started } = daemon([hourly()]);
    clock.jumpTo(at("05:30"));
    await clock.advance(MINUTE);
    clock.jumpTo(at("02:30"));
    await clock.advance(3 * HOUR);
    expect(started).toEqual([
      "05:31 data due 05:00 caught up",
      "03:00 data due 03:00",
      "04:00 data due 04:00",
    ]);
  });

  it("does not lose a start that waits for its jitter", async () => {
    const { clock, started } = daemon([hourly({ jitter: 40 * MINUTE })]);
    await clock.advance(40 * MINUTE);
    clock.jumpTo(clock.now() - 2 * MINUTE);
    await clock.advance(20 * MINUTE);
    expect(started).toEqual(["01:20 data due 01:00"]);
  });

  it("by years goes on at once: it had been wrong before", async () => {
    const { clock, started } = daemon([hourly()]);
    clock.jumpTo(Date.parse("2040-01-01T00:30:00Z"));
    await clock.advance(10 * DAY);
    started.length = 0;
    clock.jumpTo(START);
    await clock.advance(HOUR);
    expect(started).toEqual(["01:00 data due 01:00"]);
  });

  it("by more than a day does not leave the days out that it had shown too early", async () => {
    const { clock, started } = daemon([hourly()]);
    clock.jumpTo(START + 2 * DAY);
    await clock.advance(HOUR);
    clock.jumpTo(START);
    await clock.advance(2 * DAY);
    started.length = 0;
    await clock.advance(HOUR);
    expect(started).toEqual(["11-22T01:00 data due 11-22T01:00"]);
  });

  it("again and again, by any amounts, never starts one due instant twice within a day", async () => {
    const { clock, started } = daemon([hourly({ schedule: every(7 * MINUTE) })]);
    for (const minutes of [1, 13, 200, 59, 7, 0.01]) {
      await clock.advance(100 * MINUTE);
      clock.jumpTo(clock.now() - minutes * MINUTE);
    }
    await clock.advance(500 * MINUTE);
    const dues = started.map((line) => line.split(" due ")[1]);
    expect(dues.length).toBeGreaterThan(80);
    expect(new Set(dues).size).toBe(dues.length);
  });
});

describe("replacing the jobs", () => {
  it("wakes the scheduler for a job that is due sooner, and drops those that are gone", async () => {
    const { clock, started, scheduler } = daemon([hourly()]);
    await clock.advance(MINUTE);
    scheduler.replaceJobs([
      hourly({ name: "users", schedule: every(10 * SECOND), lastAttempt: clock.now() }),
    ]);
    await clock.advance(10 * SECOND);
    expect(started).toEqual(["00:31 users due 00:31"]);
    expect(scheduler.nextRunAt("data")).toBeUndefined();
    await clock.advance(HOUR);
    expect(started.filter((line) => line.includes("data"))).toEqual([]);
  });

  it("keeps the planned start of a job that stays the same", async () => {
    const { clock, started, scheduler } = daemon([hourly({ jitter: 40 * MINUTE })]);
    await clock.advance(45 * MINUTE);
    scheduler.replaceJobs([hourly({ jitter: 40 * MINUTE, lastAttempt: undefined })]);
    await clock.advance(10 * MINUTE);
    expect(started).toEqual(["01:20 data due 01:00"]);
  });

  it("takes up a changed schedule as a restart would, without repeating what it has started", async () => {
    const { clock, started, scheduler } = daemon([hourly()]);
    await clock.advance(35 * MINUTE);
    scheduler.replaceJobs([hourly({ schedule: every(30 * MINUTE) })]);
    await clock.advance(30 * MINUTE);
    scheduler.replaceJobs([hourly({ schedule: every(HOUR), lastAttempt: START - DAY })]);
    await clock.advance(10 * MINUTE);
    expect(started).toEqual(["01:00 data due 01:00", "01:30 data due 01:30"]);
  });

  it("still does not start a job twice at once when it went and came back", async () => {
    const { clock, started, skipped, scheduler } = daemon([hourly()], { lasting: true });
    await clock.advance(40 * MINUTE);
    scheduler.replaceJobs([]);
    scheduler.replaceJobs([hourly({ lastAttempt: clock.now() })]);
    await clock.advance(HOUR);
    expect(started).toHaveLength(1);
    expect(skipped).toEqual(["02:00 data due 02:00"]);
  });
});

describe("stopping the scheduler", () => {
  it("ends it at once and starts nothing more", async () => {
    const { clock, stop, finished, started } = daemon([hourly()]);
    await clock.advance(MINUTE);
    stop.abort();
    await finished;
    await clock.advance(DAY);
    expect(started).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it("before it began starts nothing, not even what was missed", async () => {
    const started: DueRun[] = [];
    const scheduler = new Scheduler([hourly({ lastAttempt: START - DAY })], {
      clock: new FakeClock(START),
      random: () => 0,
      start: async (run) => started.push(run),
      onSkipped: () => undefined,
      onFailed: () => undefined,
    });
    await scheduler.run(AbortSignal.abort());
    expect(started).toEqual([]);
  });
});
