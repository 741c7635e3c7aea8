/**
 * Starts jobs when they are due by the wall clock. It sleeps a minute at most, so that a clock that was set and a
 * machine that was suspended are noticed; it never starts a job that is still going, and nothing twice for one due
 * instant.
 */
import { DAY, MINUTE } from "../domain/instant.ts";
import type { Instant, Milliseconds } from "../domain/instant.ts";
import { missedSince, nextStart } from "../domain/schedule.ts";
import type { PlannedStart, Schedule } from "../domain/schedule.ts";
import type { Clock } from "../ports/clock.ts";

export interface ScheduledJob {
  name: string;
  schedule: Schedule;
  jitter: Milliseconds;
  /** When it was last attempted, or first seen: what was due since then is caught up on. Undefined: nothing is. */
  lastAttempt: Instant | undefined;
}

export interface DueRun {
  job: string;
  /** The instant of the schedule; of several that passed unseen, the latest. */
  due: Instant;
  /** `catch-up` when it starts late: missed before a restart, by a suspend or by a clock that was set forward. */
  trigger: "schedule" | "catch-up";
}

export interface SchedulerOptions {
  clock: Clock;
  /** In [0, 1); the share of the jitter to wait. */
  random: () => number;
  /** Starts a run; the job counts as going until the promise settles. */
  start(run: DueRun): Promise<unknown>;
  /** Told of a run that is left out because the last one of the job is still going. */
  onSkipped(run: DueRun): void;
  /** Told of what `start` rejected with: the scheduler goes on. */
  onFailed(run: DueRun, error: unknown): void;
}

/** The longest sleep, and so how late a start may be before it counts as caught up on. */
const LONGEST_SLEEP = MINUTE;
/** A clock set back by more than this shows another day: what was due then is due again. */
const SAME_DAY = DAY;
/** Due instants remembered of each job: a day of one a minute, and then some. */
const REMEMBERED = 2000;

interface Entry {
  job: ScheduledJob;
  planned: PlannedStart | undefined;
  /** Due instants that were started or skipped, oldest first. */
  handled: Set<Instant>;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #going = new Set<string>();
  #entries = new Map<string, Entry>();
  #wake = new AbortController();
  #lastSeen: Instant;

  constructor(jobs: readonly ScheduledJob[], options: SchedulerOptions) {
    this.#options = options;
    this.#lastSeen = options.clock.now();
    for (const job of jobs) this.#entries.set(job.name, this.#entryFor(job, undefined));
  }

  /** Starts what falls due until the signal fires; then resolves. Runs under way are not waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake.abort();
    signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted) {
      this.#startDue();
      await this.#sleep();
    }
    signal.removeEventListener("abort", stop);
  }

  /** When the job's next run starts, with its jitter; undefined when there is none. */
  nextRunAt(job: string): Instant | undefined {
    return this.#entries.get(job)?.planned?.startAt;
  }

  /**
   * Takes over a new list of jobs. One whose schedule is the same keeps its planned start; a run under way goes on, and
   * still counts, whatever becomes of its job.
   */
  replaceJobs(jobs: readonly ScheduledJob[]): void {
    const before = this.#entries;
    this.#entries = new Map(jobs.map((job) => [job.name, this.#entryFor(job, before.get(job.name))]));
    this.#wake.abort();
  }

  /** A changed schedule is taken up as after a restart: what it says was missed since the last attempt is caught up on. */
  #entryFor(job: ScheduledJob, before: Entry | undefined): Entry {
    if (before !== undefined && hasSameTimes(before.job, job)) return { ...before, job };
    const entry: Entry = { job, planned: undefined, handled: before?.handled ?? new Set() };
    const now = this.#options.clock.now();
    const missed = missedSince(job.schedule, lastAttemptOf(entry), now);
    if (missed === undefined) this.#plan(entry, now);
    else entry.planned = { due: missed, startAt: missed };
    return entry;
  }

  /** Plans the first start due after `after` that was not handled before the clock was set back. */
  #plan(entry: Entry, after: Instant): void {
    const { schedule, jitter } = entry.job;
    const share = { upTo: jitter, share: this.#options.random() };
    let planned = nextStart(schedule, after, share);
    while (planned !== undefined && entry.handled.has(planned.due)) {
      planned = nextStart(schedule, planned.due, share);
    }
    entry.planned = planned;
  }

  #startDue(): void {
    const now = this.#options.clock.now();
    if (now < this.#lastSeen) this.#replanAfterSetBack(now, this.#lastSeen - now);
    this.#lastSeen = now;
    for (const entry of this.#entries.values()) {
      const { planned } = entry;
      if (planned === undefined || planned.startAt > now) continue;
      const latest = entry.job.schedule.previous(now) ?? planned.due;
      this.#handle(entry, planned, Math.max(planned.due, latest), now);
      this.#plan(entry, now);
    }
  }

  /** What is due already and only waits for its jitter stays planned. */
  #replanAfterSetBack(now: Instant, by: Milliseconds): void {
    for (const entry of this.#entries.values()) {
      if (by > SAME_DAY) entry.handled.clear();
      if (entry.planned === undefined || entry.planned.due > now) this.#plan(entry, now);
    }
  }

  /** Of all that fell due while nobody looked, there is one run: for the latest. */
  #handle(entry: Entry, planned: PlannedStart, due: Instant, now: Instant): void {
    const { name } = entry.job;
    const isLate = due !== planned.due || now - planned.startAt > LONGEST_SLEEP;
    const run: DueRun = { job: name, due, trigger: isLate ? "catch-up" : "schedule" };
    remember(entry.handled, due);
    if (this.#going.has(name)) {
      this.#options.onSkipped(run);
      return;
    }
    this.#going.add(name);
    void this.#perform(run);
  }

  async #perform(run: DueRun): Promise<void> {
    try {
      await this.#options.start(run);
    } catch (error) {
      this.#options.onFailed(run, error);
    } finally {
      this.#going.delete(run.job);
    }
  }

  async #sleep(): Promise<void> {
    const starts = [...this.#entries.values()].map(({ planned }) => planned?.startAt ?? Infinity);
    const duration = Math.min(LONGEST_SLEEP, ...starts.map((startAt) => startAt - this.#options.clock.now()));
    try {
      await this.#options.clock.sleep(Math.max(1, duration), { signal: this.#wake.signal });
    } catch (error) {
      if (!this.#wake.signal.aborted) throw error;
      this.#wake = new AbortController(); // Woken: by a stop or by new jobs.
    }
  }
}

function hasSameTimes(a: ScheduledJob, b: ScheduledJob): boolean {
  return (
    a.schedule.expression === b.schedule.expression &&
    a.schedule.timezone === b.schedule.timezone &&
    a.jitter === b.jitter
  );
}

function lastAttemptOf({ job, handled }: Entry): Instant | undefined {
  const known = job.lastAttempt === undefined ? [...handled] : [job.lastAttempt, ...handled];
  return known.length === 0 ? undefined : Math.max(...known);
}

function remember(handled: Set<Instant>, due: Instant): void {
  handled.add(due);
  for (const oldest of handled) {
    if (handled.size <= REMEMBERED) return;
    handled.delete(oldest);
  }
}
