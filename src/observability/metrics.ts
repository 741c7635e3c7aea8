/** The Prometheus metrics of one daemon, in a registry of their own. */
import { Gauge, Registry } from "prom-client";
import type { StackStatus } from "../app/read-status.ts";
import { SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import { BUILD_INFO, METRIC_PREFIX, RELOAD_GAUGES } from "./metric-definitions.ts";
import { OPENMETRICS_TYPE, toOpenMetrics } from "./openmetrics.ts";
import { PreparedScrapes, type Scrape, type ScrapeForm } from "./prepared-scrapes.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { createRunCounters, type ConfigNames, type NotificationOutcome } from "./run-counters.ts";
import { statusGauges } from "./status-gauges.ts";

export interface MetricsOptions {
  /** From memory: it is read at each scrape and must not list a store. */
  status: () => StackStatus;
  version: string;
  clock: Clock;
  /** Whether the config, as it stands, is the one in effect, and when it was last found good. */
  reload?: () => { error: string | undefined; at: Instant };
  /** Names of the configured notification channels. */
  channels: readonly string[];
}

export interface Metrics {
  /** Counts runs and pruned points. */
  observer: RunObserver;
  /** Counts one attempt to deliver a notification. */
  notified(channel: string, outcome: NotificationOutcome): void;
  /** What another config names: series of anything else end. */
  follow(names: ConfigNames): Promise<void>;
  /** To be told each status that is read anyway, every few seconds: of a large stack the next scrape is made of it beforehand. */
  looked(status: StackStatus): Promise<void>;
  /** The text format, version 0.0.4, or as OpenMetrics. */
  scrape(form?: ScrapeForm): Promise<Scrape>;
}

/** Of more jobs, a scrape is answered with a text that was made before: nobody waits until tens of thousands of lines are written. */
const JOBS_AT_ONCE = 20;
const TEXT_MADE_EVERY: Milliseconds = 5 * SECOND;
/** When nothing is looked at any more, an old text would only hide that. */
const TEXT_SHOWN_FOR: Milliseconds = 15 * SECOND;

export function createMetrics({ status, reload, version, clock, channels }: MetricsOptions): Metrics {
  const registry = new Registry();
  new Gauge({
    name: METRIC_PREFIX + BUILD_INFO.name,
    labelNames: BUILD_INFO.labels,
    help: BUILD_INFO.help,
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  const showReload = createReloadGauges(registry);
  const counters = createRunCounters(channels);
  addProcessMetrics(registry, clock);
  const prepared = new PreparedScrapes(clock);
  const scrapeOf = async (of: StackStatus) => {
    counters.expect(of);
    if (reload !== undefined) showReload(reload());
    const body = (await registry.metrics()) + statusGauges(of) + (await counters.text());
    return (form: ScrapeForm): Scrape =>
      form === "openmetrics"
        ? { contentType: OPENMETRICS_TYPE, body: toOpenMetrics(body) }
        : { contentType: registry.contentType, body };
  };
  return {
    observer: counters.observer,
    notified: (channel, outcome) => counters.notified(channel, outcome),
    async follow(names) {
      prepared.forget();
      await counters.follow(names);
    },
    async looked(seen) {
      if (seen.jobs.length <= JOBS_AT_ONCE) prepared.forget();
      else if (prepared.age >= TEXT_MADE_EVERY) await prepared.prepare(() => scrapeOf(seen));
    },
    async scrape(form = "text") {
      return (await prepared.take(form, TEXT_SHOWN_FOR)) ?? (await scrapeOf(status()))(form);
    },
  };
}

function createReloadGauges(registry: Registry) {
  const gauge = ({ name, help }: { name: string; help: string }) =>
    new Gauge({ name: METRIC_PREFIX + name, help, registers: [registry] });
  const success = gauge(RELOAD_GAUGES.success);
  const at = gauge(RELOAD_GAUGES.at);
  return (reload: { error: string | undefined; at: Instant }) => {
    success.set(reload.error === undefined ? 1 : 0);
    at.set(reload.at / SECOND);
  };
}
