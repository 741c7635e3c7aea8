/** All of the daemon that is made of one config: its schedules, its looks at the stores, its alerts. Another config is another one. */
import { randomUUID } from "node:crypto";
import { AlertDelivery } from "../app/alert-delivery.ts";
import type { HeldServices } from "../app/read-status.ts";
import { explainRetention } from "../app/explain-retention.ts";
import { StackNotes } from "../app/stack-notes.ts";
import { StatusKeeper } from "../app/status-keeper.ts";
import { unfinishedRecovery } from "../app/recover/unfinished-recovery.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { collectSecrets } from "../config/show.ts";
import type { AlertMessage } from "../domain/alerts.ts";
import { EVERYTHING, takes } from "../domain/channel-rules.ts";
import type { RetentionDecision } from "../domain/retention.ts";
import type { RunRecord } from "../domain/run.ts";
import type { Instant } from "../domain/instant.ts";
import { messageOf } from "../domain/errors.ts";
import type { StackEvent } from "../domain/stack-event.ts";
import { logRuns } from "../observability/log-runs.ts";
import type { Logger } from "../observability/logger.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Intervention } from "../ports/intervention-journal.ts";
import type { RecentLog } from "../observability/recent-log.ts";
import type { JobPast } from "../web/context.ts";
import { AlertLoop } from "./alert-loop.ts";
import { composeStack, type Stack } from "./compose.ts";
import { endKilledDrills } from "./compose-drills.ts";
import { EventDesk } from "./event-desk.ts";
import { JobRunner } from "./job-runner.ts";
import { keepRunbook } from "./keep-runbook.ts";
import { logDeliveries } from "./log-deliveries.ts";
import { PointBrowser } from "./point-browser.ts";
import { settleServices } from "./settle-loop.ts";
import { StoreWatch } from "./store-watch.ts";

export interface GenerationOptions {
  config: LoadedConfig;
  tool: { name: string; version: string };
  logger: Logger;
  metrics: Metrics;
  recentLog: RecentLog;
  /** Why the config, as it stands now, is not this one. */
  configError: () => string | undefined;
  /** Cancels runs, and ends it. */
  signal: AbortSignal;
}

/** Of a job, on its page. */
const RUNS_SHOWN = 20;

export class Generation {
  readonly config: LoadedConfig;
  readonly logger: Logger;
  readonly keeper: StatusKeeper;
  readonly runner: JobRunner;
  readonly browser: PointBrowser;
  readonly #options: GenerationOptions;
  readonly #stack: Stack;
  readonly #events: EventDesk;
  #held: HeldServices | undefined;

  static async begin(options: GenerationOptions): Promise<Generation> {
    const { config, tool, logger, metrics, recentLog } = options;
    const events = new EventDesk(logger);
    const logged = [logRuns(logger), metrics.observer, recentLog.observer(collectSecrets(config))];
    const stack = await composeStack({
      ...{ config, tool, actor: "daemon", stateIs: "required" },
      observers: [...logged, events.observer],
      onEvent: (event) => events.tell(event),
    });
    return new Generation(options, stack, events);
  }

  private constructor(options: GenerationOptions, stack: Stack, events: EventDesk) {
    const { config, logger, configError, signal } = options;
    const runner = new JobRunner({ stack, logger, signal });
    this.#options = options;
    this.#stack = stack;
    this.#events = events;
    this.config = config;
    this.logger = logger;
    this.runner = runner;
    this.keeper = new StatusKeeper({
      context: stack.context,
      stores: stack.stores,
      diskLow: config.alerts.diskLow,
      gamedayEvery: config.gameday.every,
      jobs: runner.jobs.map(({ job }) => job),
      stateError: () => stack.state.trouble(),
      configError,
      held: () => this.#held,
      unprotectedVolumes: (asked) => stack.unprotectedVolumes(asked),
      isRunning: (job) => runner.isRunning(job),
      nextRunAt: (job) => runner.nextRunAt(job),
    });
    this.browser = new PointBrowser({ stack, keeper: this.keeper });
  }

  /** Until the signal fires, or until `handOver` and the end of its last run; then resolves. */
  async work(): Promise<void> {
    const { signal } = this.#options;
    const ended = new AbortController();
    const going = AbortSignal.any([signal, ended.signal]);
    const { watch, loops } = this.#loops(going);
    await this.#settleSources();
    await this.#tellOfRecovery();
    await this.#endKilledDrills();
    await watch.look(signal);
    this.runner.backUpConfig();
    const running = this.runner.run({ lastAttempts: this.keeper, onRunEnded: () => watch.wake() });
    await Promise.all([loops(), running.finally(() => ended.abort())]);
    await this.#stack.settled();
  }

  /** What the pages show of a job, from memory. */
  past(job: string, since: Instant): JobPast {
    const { state } = this.#stack;
    return {
      attempts: state.runs.attempts({ job, operation: "backup", since }),
      points: this.keeper.points(job),
      schedule: this.runner.jobs.find((wired) => wired.job.name === job)?.job.schedule,
    };
  }

  runs(job: string): RunRecord[] {
    return this.#stack.state.runs.recent({ job, limit: RUNS_SHOWN });
  }

  retention(job: string): ReadonlyMap<string, readonly RetentionDecision[]> {
    const { context } = this.#stack;
    const wired = this.runner.jobs.find((one) => one.job.name === job);
    if (wired === undefined) return new Map();
    return explainRetention(wired.job, {
      points: this.keeper.points(job),
      problems: this.keeper.problems(),
      stack: context.stack,
      now: context.clock.now(),
    });
  }

  /** Which config was taken up, or was not, is a matter of record. */
  audit(outcome: string, details: Record<string, unknown>): void {
    const { context } = this.#stack;
    try {
      const at = context.clock.now();
      context.state.audit.record({ at, actor: "daemon", operation: "config", job: "", outcome, details });
    } catch (error) {
      this.logger.failure(error);
    }
  }

  /** Starts nothing more; what is under way or waits for its turn goes on to its end, and `work` resolves after it. */
  handOver(): void {
    this.runner.close();
  }

  close(): void {
    this.#stack.close();
  }

  #loops(signal: AbortSignal): { watch: StoreWatch; loops: () => Promise<unknown> } {
    const { config, metrics, logger } = this.#options;
    const { context, notifiers, state } = this.#stack;
    const { services, clock } = context;
    const onTrouble = (error: unknown) => logger.failure(error);
    const rulesOf = (channel: string) =>
      config.alerts.channels.find(({ name }) => name === channel)?.rules ?? EVERYTHING;
    const delivery = new AlertDelivery({
      ...{ notifiers, onTrouble, clock, stack: config.stack, timezone: config.timezone },
      ...{ state: state.alerts, notes: state.notes, rulesOf },
      onOutcome: logDeliveries(logger, metrics),
    });
    const channels = notifiers.map(({ name }) => ({
      name,
      takes: (message: AlertMessage) => takes(rulesOf(name), name, message),
    }));
    const onQueued = () => delivery.wake();
    this.#events.open(
      new StackNotes({
        ...{ channels, clock, onQueued, stack: config.stack, newId: randomUUID },
        ...{ state: state.alerts, silences: state.silences },
      }),
    );
    const alerts = new AlertLoop({
      ...{ context, keeper: this.keeper, channels, onTrouble, onQueued },
      repeatEvery: config.alerts.repeatEvery,
      digests: config.alerts.channels.map(({ name, digest, rules }) => ({ name, digest, jobs: rules.jobs })),
      recoverState: () => state.recover(),
      onLooked: (status) => metrics.looked(status),
    });
    const watch = new StoreWatch({
      ...{ context, keeper: this.keeper, onTrouble },
      onRefreshed: () => alerts.wake(),
    });
    const onEvent = (event: StackEvent) => this.#events.tell(event);
    const onLooked = (open: Intervention | undefined) => void (this.#held = heldBy(open));
    const settling = settleServices({ services, clock, onEvent, onTrouble, onLooked }, signal);
    const runbook = keepRunbook(
      { stack: this.#stack, status: () => this.keeper.status(), onTrouble },
      signal,
    );
    const loops = () =>
      Promise.all([settling, runbook, watch.run(signal), alerts.run(signal), delivery.run(signal)]);
    return { watch, loops };
  }

  /** What cannot be removed now is by the next drill. */
  async #endKilledDrills(): Promise<void> {
    const { logger, signal } = this.#options;
    const sentences = await endKilledDrills(this.#stack, signal).catch(
      (error: unknown) => (logger.failure(error), []),
    );
    for (const text of sentences) this.#events.tell({ kind: "cleaned", text });
  }

  /** Its services are stopped, and only whoever began it knows whether they should be. */
  async #tellOfRecovery(): Promise<void> {
    const { logger } = this.#options;
    const sentence = await unfinishedRecovery(this.#stack.recoveries).catch(messageOf);
    if (sentence !== undefined) logger.warn(sentence);
  }

  /** What cannot be settled now fails the job's backups, which tell why. */
  async #settleSources(): Promise<void> {
    const { logger } = this.#options;
    for (const { settle, job } of this.#stack.jobs) {
      const sentences = await settle().catch((error: unknown) => (logger.failure(error), []));
      for (const text of sentences) this.#events.tell({ kind: "cleaned", text, job: job.name });
    }
  }
}

/** One that has only been begun holds nothing yet. */
function heldBy(open: Intervention | undefined): HeldServices | undefined {
  if (open === undefined || open.held.length === 0) return undefined;
  return { job: open.job, since: open.startedAt, services: open.held.map(({ service }) => service) };
}
