/** The daemon: schedules runs, watches the stores, tells channels what is wrong, answers HTTP. Ends when its signal fires. */
import { AlertDelivery } from "../app/alert-delivery.ts";
import { StatusKeeper } from "../app/status-keeper.ts";
import { hasCode, HoldfastError } from "../domain/errors.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { logRuns } from "../observability/log-runs.ts";
import type { Logger } from "../observability/logger.ts";
import { createMetrics, type Metrics } from "../observability/metrics.ts";
import { systemClock } from "../observability/system-clock.ts";
import { startWebServer } from "../web/server.ts";
import { AlertLoop } from "./alert-loop.ts";
import { composeStack, type Stack } from "./compose.ts";
import { JobRunner } from "./job-runner.ts";
import { logDeliveries } from "./log-deliveries.ts";
import { settleServices } from "./settle-loop.ts";
import { StoreWatch } from "./store-watch.ts";

export interface DaemonOptions {
  config: LoadedConfig;
  tool: { name: string; version: string };
  logger: Logger;
  signal: AbortSignal;
}

/** Resolves once everything that was under way has ended. Rejects when it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const stop = new AbortController();
  const told = () => stop.abort(stopped(options.signal));
  const { signal } = stop;
  if (options.signal.aborted) told();
  else options.signal.addEventListener("abort", told, { once: true });
  const parts = assemble({ ...options, signal });
  try {
    await Promise.all([serve(parts), work(parts)]);
  } catch (error) {
    // One part that cannot go on ends the others: half a daemon would look like a whole one.
    stop.abort(error);
    await parts.runner.drain();
    // Told to stop before all parts were up: that is an end, not a failure.
    if (!(options.signal.aborted && hasCode(error, "cancelled"))) throw error;
  } finally {
    options.signal.removeEventListener("abort", told);
    parts.stack.close();
  }
}

/** Why runs were cancelled, for their log and history: not "the command", for nobody typed one. */
function stopped({ reason }: AbortSignal): HoldfastError {
  return new HoldfastError("cancelled", {
    what: "The run",
    why: "the daemon was stopped",
    next: "a scheduled run is caught up on when it is started again",
    cause: reason,
  });
}

interface Parts extends DaemonOptions {
  stack: Stack;
  metrics: Metrics;
  keeper: StatusKeeper;
  runner: JobRunner;
}

function assemble(options: DaemonOptions): Parts {
  const { config, tool, logger, signal } = options;
  const clock = systemClock;
  const channels = config.alerts.channels.map(({ name }) => name);
  const metrics: Metrics = createMetrics({
    ...{ clock, channels, version: tool.version },
    status: () => keeper.status(),
  });
  const stack = composeStack({
    ...{ config, tool, actor: "daemon", stateIs: "required" },
    observers: [logRuns(logger), metrics.observer],
    onEvent: (message) => logger.warn(message),
  });
  const runner = new JobRunner({ stack, logger, signal });
  const keeper = new StatusKeeper({
    context: stack.context,
    stores: stack.stores,
    diskLow: config.alerts.diskLow,
    jobs: stack.jobs.map(({ job }) => job),
    stateError: () => stack.state.trouble(),
    unprotectedVolumes: (asked) => stack.unprotectedVolumes(asked),
    isRunning: (job) => runner.isRunning(job),
    nextRunAt: (job) => runner.nextRunAt(job),
  });
  return { ...options, stack, metrics, keeper, runner };
}

async function serve({ config, tool, logger, signal, stack, metrics, keeper, runner }: Parts): Promise<void> {
  const { listen, token } = config.http;
  if (listen === false) return;
  const { address, closed } = await startWebServer({
    ...{ listen, signal, clock: stack.context.clock },
    context: {
      ...{ token, version: tool.version },
      status: () => keeper.status(),
      points: async (job) => keeper.points(job),
      requestRun: (job, actor) => runner.request(job, actor),
      metrics: () => metrics.scrape(),
    },
    onError: (error) => logger.failure(error),
  });
  logger.info(`Listening on http://${address.host}:${address.port}`, address);
  await closed;
}

async function work({ config, tool, logger, signal, stack, metrics, keeper, runner }: Parts): Promise<void> {
  const { context, notifiers, jobs } = stack;
  const onTrouble = (error: unknown) => logger.failure(error);
  const delivery = new AlertDelivery({
    ...{ notifiers, onTrouble, clock: context.clock, state: context.state.alerts },
    onOutcome: logDeliveries(logger, metrics),
  });
  const alerts = new AlertLoop({
    ...{ context, keeper, onTrouble, repeatEvery: config.alerts.repeatEvery },
    channels: notifiers.map(({ name }) => name),
    recoverState: () => stack.state.recover(),
    onQueued: () => delivery.wake(),
  });
  const watch = new StoreWatch({ context, keeper, onTrouble, onRefreshed: () => alerts.wake() });
  logger.info(`${tool.name} ${tool.version} guards stack ${config.stack}`, {
    jobs: jobs.length,
    config: config.origin,
  });
  const settling = settleServices({ services: context.services, clock: context.clock, onTrouble }, signal);
  for (const { settle } of jobs) {
    // What cannot be settled now fails the job's backups, which tell why.
    for (const sentence of await settle().catch((error: unknown) => (onTrouble(error), []))) {
      logger.warn(sentence);
    }
  }
  await watch.look(signal);
  await Promise.all([
    settling,
    watch.run(signal),
    alerts.run(signal),
    delivery.run(signal),
    runner.run({ lastAttempts: keeper, onRunEnded: () => watch.wake() }),
  ]);
  logger.info("Stopped");
}
