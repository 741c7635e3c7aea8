/** Counts what happens: runs and how long they took, copied and pruned points, notifications. */
import { Counter, Histogram, Registry } from "prom-client";
import type { StackStatus } from "../app/read-status.ts";
import { CAPTURE_MODES, CHECK_RESULTS, DATABASE_KINDS } from "../domain/embedded-database.ts";
import { HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import { OUTCOMES, type Operation } from "../domain/run.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import type { DatabaseCaptured } from "../ports/source.ts";
import {
  COUNTERS,
  INTERVENTION,
  METRIC_PREFIX,
  RUN_DURATION,
  type MetricDefinition,
} from "./metric-definitions.ts";

/** One attempt at delivery: accepted by the receiver, to be tried again, or given up. */
export const NOTIFICATION_OUTCOMES = ["delivered", "postponed", "dropped"] as const;
export type NotificationOutcome = (typeof NOTIFICATION_OUTCOMES)[number];

/** From a reflink of a database to the copy of a large volume with its services stopped. */
const INTERVENTION_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 2 * 60, 10 * 60, 30 * 60, 2 * 60 * 60];

/** From a quick prune to the first full backup of a large volume. */
const DURATION_BUCKETS = [
  ...[1, 2, 5, 10, 30].map((amount) => amount * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((amount) => amount * MINUTE),
  ...[1, 2, 4, 8, 12].map((amount) => amount * HOUR),
].map((milliseconds) => milliseconds / SECOND);

/** What a daemon does by itself; restores are made by the command line, in a process of their own. */
const OPERATIONS_OF_A_DAEMON: readonly Operation[] = ["backup", "prune", "verify", "drill"];

/** What the labels of series may name. */
export interface ConfigNames {
  jobs: readonly string[];
  stores: readonly string[];
  channels: readonly string[];
}

export interface RunCounters {
  observer: RunObserver;
  notified(channel: string, outcome: NotificationOutcome): void;
  /** Ends the series of whatever has none of these names. */
  follow(names: ConfigNames): Promise<void>;
  /** Starts the series of every known job at 0, so that the first failure is an increase. */
  expect(status: Pick<StackStatus, "jobs">): void;
  /** Of all of them, in the text format. Made anew only when something was counted: of many jobs it is long. */
  text(): Promise<string>;
}

export function createRunCounters(channels: readonly string[]): RunCounters {
  const registry = new Registry();
  const runs = new Counter(configurationOf(COUNTERS.runs, registry));
  const databases = createDatabaseCounters(registry);
  const copied = new Counter(configurationOf(COUNTERS.copied, registry));
  const pruned = new Counter(configurationOf(COUNTERS.pruned, registry));
  const notifications = new Counter(configurationOf(COUNTERS.notifications, registry));
  const durations = new Histogram({ ...configurationOf(RUN_DURATION, registry), buckets: DURATION_BUCKETS });
  const interventions = new Histogram({
    ...configurationOf(INTERVENTION, registry),
    buckets: INTERVENTION_BUCKETS,
  });
  const expectChannels = (names: readonly string[]) => {
    for (const channel of names) {
      for (const outcome of NOTIFICATION_OUTCOMES) notifications.inc({ channel, outcome }, 0);
    }
  };
  expectChannels(channels);
  const expected = new Set<string>();
  let text: Promise<string> | undefined;
  const changed = () => void (text = undefined);
  const counted = { runs, durations, interventions, copied, pruned, databases };
  return {
    observer: countingObserver(counted, changed),
    async follow(names) {
      const all = [runs, copied, pruned, notifications, durations, interventions, ...databases.all];
      for (const metric of all) await removeUnnamed(metric, names);
      expectChannels(names.channels);
      expected.clear();
      changed();
    },
    notified(channel, outcome) {
      notifications.inc({ channel, outcome });
      changed();
    },
    expect({ jobs }) {
      for (const { name: job, sourceKind, stores } of jobs) {
        const known = JSON.stringify([job, sourceKind, stores.map(({ store }) => store)]);
        if (expected.has(known)) continue;
        expected.add(known);
        changed();
        if (sourceKind === "volume") databases.expect(job);
        for (const { store } of stores) for (const points of [copied, pruned]) points.inc({ job, store }, 0);
        for (const operation of OPERATIONS_OF_A_DAEMON) {
          for (const outcome of OUTCOMES) runs.inc({ job, operation, outcome }, 0);
        }
      }
    },
    text: () => (text ??= registry.metrics()),
  };
}

interface Counted {
  runs: Counter;
  durations: Histogram;
  interventions: Histogram;
  copied: Counter;
  pruned: Counter;
  databases: ReturnType<typeof createDatabaseCounters>;
}

function countingObserver(
  { runs, durations, interventions, copied, pruned, databases }: Counted,
  changed: () => void,
): RunObserver {
  const counting =
    <Event>(count: (event: Event) => void) =>
    (event: Event) => {
      count(event);
      changed();
    };
  return {
    runFinished: counting(({ job, operation, outcome, durationMs }) => {
      runs.inc({ job, operation, outcome });
      if (outcome !== "skipped") durations.observe({ job, operation }, durationMs / SECOND);
    }),
    servicesHeld: counting(({ job, heldMs }) => interventions.observe({ job }, heldMs / SECOND)),
    databaseCaptured: counting(databases.count),
    pointsCopied: counting(({ job, store, points }) => copied.inc({ job, store }, points.length)),
    pointsPruned: counting(({ job, store, points }) => pruned.inc({ job, store }, points.length)),
  };
}

function createDatabaseCounters(registry: Registry) {
  const captures = new Counter(configurationOf(COUNTERS.databaseCaptures, registry));
  const checks = new Counter(configurationOf(COUNTERS.databaseChecks, registry));
  return {
    all: [captures, checks],
    count: ({ job, kind, mode, check }: { job: string } & DatabaseCaptured) => {
      captures.inc({ job, kind, mode });
      if (check !== undefined) checks.inc({ job, kind, result: check });
    },
    expect(job: string) {
      for (const kind of DATABASE_KINDS) {
        for (const mode of CAPTURE_MODES) captures.inc({ job, kind, mode }, 0);
        for (const result of CHECK_RESULTS) checks.inc({ job, kind, result }, 0);
      }
    },
  };
}

async function removeUnnamed(metric: Counter | Histogram, names: ConfigNames): Promise<void> {
  const known = { job: names.jobs, store: names.stores, channel: names.channels };
  for (const { labels } of (await metric.get()).values) {
    const isGone = Object.entries(known).some(
      ([label, those]) => label in labels && !those.includes(String(labels[label])),
    );
    if (!isGone) continue;
    const { le: _bucket, ...series } = labels;
    metric.remove(series);
  }
}

function configurationOf({ name, labels, help }: MetricDefinition, registry: Registry) {
  return { name: METRIC_PREFIX + name, labelNames: [...labels], help, registers: [registry] };
}
