/** The Prometheus metrics of one daemon, in a registry of their own. */
import { Gauge, Registry } from "prom-client";
import type { StackStatus } from "../app/read-status.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import { BUILD_INFO, METRIC_PREFIX } from "./metric-definitions.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { createRunCounters, type NotificationOutcome } from "./run-counters.ts";
import { createStatusGauges } from "./status-gauges.ts";

export interface MetricsOptions {
  /** From memory: it is read at each scrape and must not list a store. */
  status: () => StackStatus;
  version: string;
  clock: Clock;
  /** Names of the configured notification channels. */
  channels: readonly string[];
}

export interface Metrics {
  /** Counts runs and pruned points. */
  observer: RunObserver;
  /** Counts one attempt to deliver a notification. */
  notified(channel: string, outcome: NotificationOutcome): void;
  /** The text format, version 0.0.4. */
  scrape(): Promise<{ contentType: string; body: string }>;
}

export function createMetrics({ status, version, clock, channels }: MetricsOptions): Metrics {
  const registry = new Registry();
  new Gauge({
    name: METRIC_PREFIX + BUILD_INFO.name,
    labelNames: BUILD_INFO.labels,
    help: BUILD_INFO.help,
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  const showStatus = createStatusGauges(registry);
  const counters = createRunCounters(registry, channels);
  addProcessMetrics(registry, clock);
  return {
    observer: counters.observer,
    notified: (channel, outcome) => counters.notified(channel, outcome),
    async scrape() {
      const now = status();
      showStatus(now);
      counters.expect(now);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
