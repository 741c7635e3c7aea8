/** Starts backups, by schedule and on request, and verifies and drills, by schedule, through one queue. */
import { randomUUID } from "node:crypto";
import { backupJob } from "../app/backup-job.ts";
import { runDrill } from "../app/run-drill.ts";
import type { StatusKeeper } from "../app/status-keeper.ts";
import { isConfigKept } from "../app/is-config-kept.ts";
import { verifyJob } from "../app/verify-job.ts";
import { CONFIG_JOB } from "../domain/config-job.ts";
import { hasCode } from "../domain/errors.ts";
import { DAY, toIso, type Instant } from "../domain/instant.ts";
import type { Trigger } from "../domain/run.ts";
import type { Logger } from "../observability/logger.ts";
import { JOB_ACTIONS, type JobAction, type RunRequestResult } from "../web/context.ts";
import type { Stack, WiredJob } from "./compose.ts";
import { drillOfJob, endKilledDiskDrills } from "./compose-drills.ts";
import { runStackDrill } from "./compose-stack-drill.ts";
import { RunQueue } from "./run-queue.ts";
import { scheduledDrills } from "./scheduled-drills.ts";
import { scheduledVerifies } from "./scheduled-verifies.ts";
import { Scheduler, type DueRun, type ScheduledJob } from "./scheduler.ts";

export interface JobRunnerOptions {
  stack: Stack;
  logger: Logger;
  /** Cancels what runs. */
  signal: AbortSignal;
}

/** Who asked for a run. */
interface AskedRun {
  trigger: Trigger;
  actor: string;
  /** Where it was told before the run began. */
  id?: string | undefined;
}

/** All that the stack has is restored, one thing after the other. */
const STACK_DRILL_LIMIT = DAY;

export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #queue: RunQueue;
  readonly #closing = new AbortController();
  #scheduler: Scheduler | undefined;
  #onRunEnded: () => void = () => undefined;

  constructor(options: JobRunnerOptions) {
    const { stack, signal } = options;
    const { clock } = stack.context;
    this.#options = options;
    this.#queue = new RunQueue({ clock, concurrency: stack.config.concurrency, stop: signal });
  }

  /** Those of the config, and that of the config itself. */
  get jobs(): readonly WiredJob[] {
    const { jobs, configJob } = this.#options.stack;
    return configJob === undefined ? jobs : [...jobs, configJob];
  }

  isRunning(job: string): boolean {
    return this.#queue.isRunning(job);
  }

  nextRunAt(job: string): Instant | undefined {
    return this.#scheduler?.nextRunAt(job);
  }

  /** What can be asked of a job. */
  actionsOf(name: string): JobAction[] {
    const { stack } = this.#options;
    const wired = this.#wired(name);
    if (wired === undefined) return [];
    const isOfDisks = stack.snapshotPlaces.has(wired.job.stores[0] ?? "");
    return JOB_ACTIONS.filter((action) => {
      if (action === "run") return wired.job.isObserved !== true;
      return action === "verify" ? !isOfDisks : drillOfJob(stack, name) !== undefined;
    });
  }

  /** Asks for a run now. */
  request(name: string, action: JobAction, actor: string): RunRequestResult {
    const wired = this.#wired(name);
    if (wired === undefined || !this.actionsOf(name).includes(action)) return "unknown";
    if (this.#closing.signal.aborted || this.#queue.isRunning(name) || this.#queue.isWaiting(name))
      return "busy";
    const runId = action === "run" ? randomUUID() : undefined;
    const begin = { run: this.#start, verify: this.#verify, drill: this.#drill }[action];
    begin
      .call(this, wired, { trigger: "api", actor, id: runId })
      .catch((error: unknown) => this.#failed(error));
    return { runId };
  }

  #wired(name: string): WiredJob | undefined {
    return this.jobs.find(({ job }) => job.name === name);
  }

  /** Asks for a backup of the config where a store has no point of it as it is. Nobody waits for that. */
  backUpConfig(): void {
    this.#backUpConfig().catch((error: unknown) => this.#failed(error));
  }

  async #backUpConfig(): Promise<void> {
    const { configJob, context } = this.#options.stack;
    const signal = AbortSignal.any([this.#options.signal, this.#closing.signal]);
    if (configJob === undefined) return;
    // What a store does not say counts as no.
    const isKept = await isConfigKept(context, { ...configJob, signal }).catch(() => false);
    if (isKept || signal.aborted) return;
    await this.#start(configJob, { trigger: "schedule", actor: "daemon" });
  }

  /** Starts nothing more. What is under way or waits goes on. */
  close(): void {
    this.#closing.abort();
  }

  /** Runs the schedules until the signal fires or it is closed; resolves when the last run has ended. */
  async run(options: { lastAttempts: StatusKeeper; onRunEnded: () => void }): Promise<void> {
    const { stack } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, this.#closing.signal]);
    const { clock, state } = stack.context;
    this.#onRunEnded = options.onRunEnded;
    this.#scheduler = this.#schedulerOf("Run", scheduledJobs(options.lastAttempts), ({ job, trigger }) =>
      this.#start(stack.job(job), { trigger, actor: "daemon" }),
    );
    const due = scheduledVerifies(options.lastAttempts.jobs, { runs: state.runs, now: clock.now() });
    const verifies = this.#schedulerOf("Verify", due, ({ job, trigger }) =>
      this.#verify(stack.job(job), { trigger, actor: "daemon" }),
    );
    const drillsDue = scheduledDrills(options.lastAttempts.jobs, { runs: state.runs, now: clock.now() });
    const drills = this.#schedulerOf("Drill", drillsDue, ({ job, trigger }) =>
      this.#drill(stack.job(job), { trigger, actor: "daemon" }),
    );
    const cleaning = this.#endKilledDrills(signal);
    await Promise.all([this.#scheduler.run(signal), verifies.run(signal), drills.run(signal), cleaning]);
    await this.drain();
  }

  #schedulerOf(
    what: string,
    jobs: readonly ScheduledJob[],
    start: (run: DueRun) => Promise<unknown>,
  ): Scheduler {
    const { stack, logger } = this.#options;
    const { clock, random } = stack.context;
    return new Scheduler(jobs, {
      ...{ clock, random, start },
      onSkipped: ({ job, due }) =>
        logger.warn(`${what} of job ${job} due at ${toIso(due)} is left out: the last one is still going`),
      onFailed: (_run, error) => this.#failed(error),
    });
  }

  /** Resolves when no run is under way or waiting. */
  drain(): Promise<void> {
    return this.#queue.drain();
  }

  async #start(wired: WiredJob, run: AskedRun): Promise<void> {
    const { job, source, stores } = wired;
    const context = { ...this.#options.stack.context, actor: run.actor };
    await this.#queue.enqueue({
      ...{ job: job.name, operation: "backup", timeout: job.timeout },
      what: `Backing up job ${job.name}`,
      work: (signal) => backupJob(context, { job, source, stores, trigger: run.trigger, id: run.id, signal }),
    });
    this.#onRunEnded();
  }

  async #verify({ job, stores }: WiredJob, { trigger, actor }: AskedRun): Promise<void> {
    const context = { ...this.#options.stack.context, actor };
    const { share } = job.verify;
    await this.#queue.enqueue({
      ...{ job: job.name, operation: "verify", timeout: job.timeout },
      what: `Verifying job ${job.name}`,
      work: (signal) => verifyJob(context, { job: job.name, stores, share, trigger, signal }),
    });
    this.#onRunEnded();
  }

  async #drill({ job }: WiredJob, { trigger, actor }: AskedRun): Promise<void> {
    const { stack } = this.#options;
    const context = { ...stack.context, actor };
    if (job.name === CONFIG_JOB) return this.#drillStack({ trigger, actor });
    const drilled = drillOfJob(stack, job.name);
    if (drilled === undefined) return;
    await this.#queue.enqueue({
      ...{ job: job.name, operation: "drill", timeout: job.timeout },
      what: `Drilling job ${job.name}`,
      work: (signal) =>
        runDrill(context, {
          ...{ ...drilled, job: job.name, trigger, signal },
        }),
    });
    this.#onRunEnded();
  }

  async #drillStack({ trigger, actor }: AskedRun): Promise<void> {
    await this.#queue.enqueue({
      ...{ job: CONFIG_JOB, operation: "drill", timeout: STACK_DRILL_LIMIT },
      what: "Drilling the stack",
      work: (signal) => runStackDrill(this.#options.stack, { trigger, actor, signal }),
    });
    this.#onRunEnded();
  }

  /** Beside all else: a disk that is left over costs money until it is gone, and the cloud may be slow to answer. */
  async #endKilledDrills(signal: AbortSignal): Promise<void> {
    const { stack, logger } = this.#options;
    const onFailed = (error: unknown) => this.#failed(error);
    for (const sentence of await endKilledDiskDrills(stack, { signal, onFailed })) logger.warn(sentence);
  }

  /** A run that failed is in the log already; what comes here never became one. */
  #failed(error: unknown): void {
    if (!hasCode(error, "cancelled")) this.#options.logger.failure(error);
  }
}

/**
 * Caught up on from the last attempt, else from the newest point, else from when the job was first seen. A run that was
 * cancelled, by a restart of the container above all, or skipped was no attempt: what it was due for is still missing.
 */
export function scheduledJobs(keeper: StatusKeeper): ScheduledJob[] {
  const status = keeper.status();
  return keeper.jobs.flatMap((job) => {
    if (job.schedule === undefined) return [];
    const known = status.jobs.find(({ name }) => name === job.name);
    const newest = known?.stores.flatMap(({ newest: point }) => point?.startedAt ?? []) ?? [];
    const attempted = known?.recentRuns.find(
      ({ outcome }) => outcome !== "cancelled" && outcome !== "skipped",
    );
    const attempts = [...(attempted === undefined ? [] : [attempted.startedAt]), ...newest];
    const lastAttempt = attempts.length > 0 ? Math.max(...attempts) : known?.firstSeenAt;
    return [{ name: job.name, schedule: job.schedule, jitter: job.jitter, lastAttempt }];
  });
}
