/**
 * The daemon: schedules runs, watches the stores, tells channels what is wrong, answers HTTP. Ends when its signal fires. Another config
 * is taken up between runs: what is under way ends under the one it began with.
 */
import { hasCode, HoldfastError } from "../domain/errors.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import type { Logger } from "../observability/logger.ts";
import { createMetrics, type Metrics } from "../observability/metrics.ts";
import { RecentLog } from "../observability/recent-log.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { WebContext } from "../web/context.ts";
import { ConfigReloader } from "./config-reloader.ts";
import { watchConfig } from "./config-watch.ts";
import { Front } from "./front.ts";
import { Generation } from "./generation.ts";
import { logReload, type Reloading } from "./reloading.ts";

export interface DaemonOptions {
  config: LoadedConfig;
  tool: { name: string; version: string };
  /** With the level of a config, and its secrets kept out. */
  loggerOf: (config: LoadedConfig) => Logger;
  reloading: Reloading;
  signal: AbortSignal;
}

/** Resolves once everything that was under way has ended. Rejects when it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const stop = new AbortController();
  const told = () => stop.abort(stopped(options.signal));
  if (options.signal.aborted) told();
  else options.signal.addEventListener("abort", told, { once: true });
  const daemon = await Daemon.begin({ ...options, signal: stop.signal });
  const deafen = options.reloading.onHangUp(() => daemon.reload());
  try {
    await daemon.run();
  } catch (error) {
    // One part that cannot go on ends the others: half a daemon would look like a whole one.
    stop.abort(error);
    await daemon.drain();
    // Told to stop before all parts were up: that is an end, not a failure.
    if (!(options.signal.aborted && hasCode(error, "cancelled"))) throw error;
  } finally {
    deafen();
    options.signal.removeEventListener("abort", told);
    daemon.close();
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

class Daemon {
  readonly #options: DaemonOptions;
  readonly #metrics: Metrics;
  readonly #recentLog = new RecentLog(systemClock);
  readonly #reloader: ConfigReloader;
  readonly #front: Front;
  #current!: Generation;

  static async begin(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    daemon.#current = await daemon.#generationOf(options.config);
    return daemon;
  }

  private constructor(options: DaemonOptions) {
    const { config, tool, reloading, signal } = options;
    const channels = config.alerts.channels.map(({ name }) => name);
    this.#options = options;
    this.#reloader = new ConfigReloader({
      ...{ ...reloading, clock: systemClock },
      ...logReload(
        () => this.#current.logger,
        (why) => this.#current.audit("refused", { why }),
      ),
    });
    this.#metrics = createMetrics({
      ...{ clock: systemClock, channels, version: tool.version },
      status: () => this.#current.keeper.status(),
      reload: () => this.#reloader.status(),
    });
    this.#front = new Front({
      ...{ signal, clock: systemClock, context: this.#webContext() },
      onError: (error) => this.#current.logger.failure(error),
      onListening: (address) =>
        this.#current.logger.info(`Listening on http://${address.host}:${address.port}`, address),
    });
  }

  reload(): void {
    this.#reloader.request();
  }

  async run(): Promise<void> {
    const { reloading, signal } = this.#options;
    const { ask, read, follow } = reloading;
    const loaded = () => this.#reloader.loaded();
    const onChange = () => this.reload();
    const opened = this.#front.open(this.#current.config.http.listen).then(({ take }) => take());
    const onBlind = (error: Error) =>
      this.#current.logger.warn(
        `Changes to the services of the stack are seen within a minute: ${error.message}`,
      );
    this.#current.audit("in effect", { origin: this.#current.config.origin });
    const watching = watchConfig(
      { clock: systemClock, read, ask, follow, loaded, onChange, onBlind },
      signal,
    );
    await Promise.all([opened, watching, this.#generations(signal)]);
    await this.#front.closed();
    this.#current.logger.info("Stopped");
  }

  async drain(): Promise<void> {
    await this.#current.runner.drain();
  }

  close(): void {
    this.#current.close();
  }

  async #generations(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { logger, config } = this.#current;
      const { name, version } = this.#options.tool;
      logger.info(`${name} ${version} guards stack ${config.stack}`, {
        jobs: config.jobs.length,
        config: config.origin,
      });
      const working = this.#current.work();
      const next = await Promise.race([working, this.#acceptable(signal)]);
      if (next === undefined) await working;
      else await this.#succeed(next, working);
    }
  }

  /** The next config that can be taken up, its address included; undefined when the signal fires. */
  async #acceptable(signal: AbortSignal): Promise<Next | undefined> {
    for (;;) {
      const config = await this.#reloader.next(this.#current.config, signal);
      if (config === undefined) return undefined;
      try {
        return { config, address: await this.#front.open(config.http.listen) };
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#reloader.refuse(error);
      }
    }
  }

  /** Takes up the config when all that began under the old one has ended. */
  async #succeed({ config, address }: Next, working: Promise<void>): Promise<void> {
    const old = this.#current;
    old.logger.info("The config has changed, and is taken up when the runs under way have ended");
    old.handOver();
    await working;
    if (this.#options.signal.aborted) return;
    try {
      this.#current = await this.#successor(config);
    } catch (error) {
      address.drop();
      this.#current = await this.#successor(old.config);
      this.#reloader.refuse(error);
      return;
    } finally {
      old.close();
    }
    address.take();
    this.#current.logger.info("The changed config is taken up");
    this.#current.audit("taken up", { origin: config.origin });
    await this.#metrics.follow({
      jobs: config.jobs.map(({ job }) => job.name),
      stores: config.stores.map(({ name }) => name),
      channels: config.alerts.channels.map(({ name }) => name),
    });
  }

  /** One that has seen the stores: nobody who asks meanwhile is told that nothing is known. */
  async #successor(config: LoadedConfig): Promise<Generation> {
    const next = await this.#generationOf(config);
    await next.keeper.refresh(this.#options.signal);
    return next;
  }

  #generationOf(config: LoadedConfig): Promise<Generation> {
    const { tool, loggerOf, signal } = this.#options;
    return Generation.begin({
      ...{ config, tool, signal, logger: loggerOf(config), metrics: this.#metrics },
      recentLog: this.#recentLog,
      configError: () => this.#reloader.status().error,
    });
  }

  /** Of whatever generation there is. */
  #webContext(): WebContext {
    const token = () => this.#current.config.http.token;
    const stack = () => this.#current.config.stack;
    return {
      get token() {
        return token();
      },
      status: () => this.#current.keeper.status(),
      points: async (job) => this.#current.keeper.points(job),
      past: (job, since) => this.#current.past(job, since),
      runs: (job) => this.#current.runs(job),
      logOf: (run) => this.#recentLog.of(run),
      retention: (job) => this.#current.retention(job),
      request: (job, action, actor) => this.#current.runner.request(job, action, actor),
      actionsOf: (job) => this.#current.runner.actionsOf(job),
      files: (at) => this.#current.browser.files(at),
      file: (at) => this.#current.browser.file(at),
      now: () => systemClock.now(),
      get stack() {
        return stack();
      },
      metrics: (form) => this.#metrics.scrape(form),
    };
  }
}

interface Next {
  config: LoadedConfig;
  address: Awaited<ReturnType<Front["open"]>>;
}
