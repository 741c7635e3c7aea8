/** The gauges that show the stack's status: each scrape replaces them all, so removed jobs and stores leave no series. */
import { Gauge, type Registry } from "prom-client";
import type { JobStatus, JobStoreStatus, NewestPoint, StackStatus } from "../app/read-status.ts";
import { CONDITIONS, type Condition } from "../domain/alerts.ts";
import { SECOND, type Instant } from "../domain/instant.ts";
import { OUTCOMES } from "../domain/run.ts";
import { METRIC_PREFIX, STATUS_GAUGES } from "./metric-definitions.ts";

type GaugeKey = keyof typeof STATUS_GAUGES;
type Gauges = Record<GaugeKey, Gauge>;

/** Returns what a scrape calls to show a status. Synchronous: no scrape can see half of one. */
export function createStatusGauges(registry: Registry): (status: StackStatus) => void {
  const gauges = Object.fromEntries(
    Object.entries(STATUS_GAUGES).map(([key, { name, labels, help }]) => [
      key,
      new Gauge({ name: METRIC_PREFIX + name, labelNames: [...labels], help, registers: [registry] }),
    ]),
  ) as Gauges;
  return (status) => {
    for (const gauge of Object.values(gauges)) gauge.reset();
    for (const job of status.jobs) showJob(gauges, job);
    for (const { name, up, freeBytes } of status.stores) {
      setKnown(gauges.storeUp, { store: name }, up === undefined ? undefined : Number(up));
      setKnown(gauges.storeFree, { store: name }, freeBytes);
    }
    // One without labels is 0 after a reset.
    gauges.unprotectedVolumes.remove();
    setKnown(gauges.unprotectedVolumes, {}, status.unprotectedVolumes?.length);
    showAlerts(gauges.alerts, status);
  };
}

function showJob(gauges: Gauges, job: JobStatus): void {
  const labels = { job: job.name };
  const schedule = job.schedule?.expression ?? "manual";
  gauges.jobInfo.set({ ...labels, kind: job.sourceKind, schedule }, 1);
  setKnown(gauges.lastRun, labels, inSeconds(job.lastRun?.startedAt));
  setKnown(gauges.nextRun, labels, inSeconds(job.nextRunAt));
  setKnown(gauges.maxAge, labels, inSeconds(job.maxAge));
  for (const outcome of OUTCOMES) {
    gauges.lastRunOutcome.set({ ...labels, outcome }, job.lastRun?.outcome === outcome ? 1 : 0);
  }
  const newest = newestOf(job);
  setKnown(gauges.pointSource, labels, newest?.sourceBytes);
  setKnown(gauges.pointFiles, labels, newest?.files);
  for (const { kind, state, count } of newest?.databases ?? []) {
    gauges.databases.set({ ...labels, kind, state }, count);
  }
  showDrills(gauges, job);
  for (const store of job.stores) showJobInStore(gauges, job.name, store);
}

function showDrills(gauges: Gauges, { name: job, drill }: JobStatus): void {
  const { lastRun, lastSuccessAt, restoreMs, maxAge, overdueSince } = drill;
  setKnown(gauges.drillLastSuccess, { job }, inSeconds(lastSuccessAt));
  setKnown(gauges.drillRestore, { job }, inSeconds(restoreMs));
  setKnown(gauges.drillMaxAge, { job }, inSeconds(maxAge));
  setKnown(
    gauges.drillOverdue,
    { job },
    maxAge === undefined ? undefined : Number(overdueSince !== undefined),
  );
  setKnown(gauges.drillLastRun, { job }, inSeconds(lastRun?.startedAt));
  setKnown(gauges.drillDuration, { job }, inSeconds(lastRun?.durationMs));
  if (lastRun === undefined) return;
  for (const outcome of OUTCOMES) {
    gauges.drillLastOutcome.set({ job, outcome }, lastRun.outcome === outcome ? 1 : 0);
  }
}

function showJobInStore(gauges: Gauges, job: string, status: JobStoreStatus): void {
  const labels = { job, store: status.store };
  gauges.fresh.set(labels, status.freshness === "fresh" ? 1 : 0);
  setKnown(gauges.points, labels, status.points);
  setKnown(gauges.damagedPoints, labels, status.points === undefined ? undefined : status.damaged.length);
  setKnown(gauges.lastSuccess, labels, inSeconds(status.newest?.startedAt));
  setKnown(gauges.pointSize, labels, status.newest?.storedBytes);
  setKnown(gauges.oldestPoint, labels, inSeconds(status.oldestAt));
  setKnown(gauges.lastVerified, labels, inSeconds(status.lastVerifiedAt));
}

/** The newest point of a job in any of its stores. */
function newestOf(job: JobStatus): NewestPoint | undefined {
  return job.stores
    .map(({ newest }) => newest)
    .filter((newest) => newest !== undefined)
    .reduce<NewestPoint | undefined>(
      (best, each) => (best === undefined || each.startedAt > best.startedAt ? each : best),
      undefined,
    );
}

/** These are about a store or the whole stack, whichever jobs use it. */
const CONDITIONS_WITHOUT_JOB: readonly Condition[] = [
  ...(["store-unreachable", "disk-low", "state-unwritable", "config-refused"] as const),
];

function showAlerts(gauge: Gauge, { jobs, alerts }: StackStatus): void {
  for (const condition of CONDITIONS) {
    if (CONDITIONS_WITHOUT_JOB.includes(condition)) gauge.set({ condition }, 0);
    else for (const job of jobs) gauge.set({ job: job.name, condition }, 0);
  }
  for (const { problem } of alerts) {
    const { job, condition } = problem;
    gauge.inc(job === undefined ? { condition } : { job, condition });
  }
}

/** What is not known has no series, rather than a number that looks like one. */
function setKnown(gauge: Gauge, labels: Record<string, string>, value: number | undefined): void {
  if (value !== undefined) gauge.set(labels, value);
}

function inSeconds(milliseconds: Instant | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / SECOND;
}
