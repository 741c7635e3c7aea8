/** The gauges that show the stack's status: made anew of each status, so removed jobs and stores leave no series. */
import type { JobStatus, JobStoreStatus, NewestPoint, StackStatus } from "../app/read-status.ts";
import { CONDITIONS, type Condition } from "../domain/alerts.ts";
import { SECOND, type Instant } from "../domain/instant.ts";
import { OUTCOMES } from "../domain/run.ts";
import { GaugeText, labelsText } from "./gauge-text.ts";
import { STATUS_GAUGES } from "./metric-definitions.ts";

type GaugeKey = keyof typeof STATUS_GAUGES;
type Gauges = Record<GaugeKey, GaugeText>;

export function statusGauges(status: StackStatus): string {
  const gauges = Object.fromEntries(
    Object.entries(STATUS_GAUGES).map(([key, definition]) => [key, new GaugeText(definition)]),
  ) as Gauges;
  for (const job of status.jobs) showJob(gauges, job);
  for (const { name, up, freeBytes, totalBytes, tellBelowBytes } of status.stores) {
    const labels = labelsText({ store: name });
    gauges.storeUp.set(labels, up === undefined ? undefined : Number(up));
    gauges.storeFree.set(labels, freeBytes);
    gauges.storeTotal.set(labels, totalBytes);
    gauges.storeLow.set(labels, tellBelowBytes);
  }
  gauges.unprotectedVolumes.set("", status.unprotectedVolumes?.length);
  const { held } = status;
  if (held !== undefined) gauges.heldSince.set(labelsText({ job: held.job }), inSeconds(held.since));
  showGameday(gauges, status);
  showAlerts(gauges.alerts, status);
  return Object.values(gauges)
    .map((gauge) => gauge.take())
    .join("");
}

function showJob(gauges: Gauges, job: JobStatus): void {
  const labels = labelsText({ job: job.name });
  const schedule = job.schedule?.expression ?? "manual";
  gauges.jobInfo.set(`${labels},${labelsText({ kind: job.sourceKind, schedule })}`, 1);
  gauges.lastRun.set(labels, inSeconds(job.lastRun?.startedAt));
  gauges.nextRun.set(labels, inSeconds(job.nextRunAt));
  gauges.maxAge.set(labels, inSeconds(job.maxAge));
  gauges.rpo.set(labels, inSeconds(job.rpo));
  gauges.successRatio.set(labels, job.successRate);
  for (const outcome of OUTCOMES) {
    gauges.lastRunOutcome.set(`${labels},outcome="${outcome}"`, job.lastRun?.outcome === outcome ? 1 : 0);
  }
  const newest = newestOf(job);
  gauges.pointSource.set(labels, newest?.sourceBytes);
  gauges.pointFiles.set(labels, newest?.files);
  for (const { kind, state, count } of newest?.databases ?? []) {
    gauges.databases.set(`${labels},${labelsText({ kind, state })}`, count);
  }
  showDrills(gauges, labels, job);
  for (const store of job.stores) {
    showJobInStore(gauges, `${labels},${labelsText({ store: store.store })}`, store);
  }
}

function showDrills(gauges: Gauges, labels: string, { drill }: JobStatus): void {
  const { lastRun, lastSuccessAt, restoreMs, maxAge, overdueSince } = drill;
  gauges.drillLastSuccess.set(labels, inSeconds(lastSuccessAt));
  gauges.drillRestore.set(labels, inSeconds(restoreMs));
  gauges.drillMaxAge.set(labels, inSeconds(maxAge));
  gauges.drillOverdue.set(labels, maxAge === undefined ? undefined : Number(overdueSince !== undefined));
  gauges.drillLastRun.set(labels, inSeconds(lastRun?.startedAt));
  gauges.drillDuration.set(labels, inSeconds(lastRun?.durationMs));
  if (lastRun === undefined) return;
  for (const outcome of OUTCOMES) {
    gauges.drillLastOutcome.set(`${labels},outcome="${outcome}"`, lastRun.outcome === outcome ? 1 : 0);
  }
}

function showGameday(gauges: Gauges, { gameday }: StackStatus): void {
  const { lastRun, every, dueSince } = gameday ?? {};
  gauges.gamedayLast.set("", inSeconds(lastRun?.finishedAt));
  gauges.gamedayRestore.set("", inSeconds(lastRun?.restoreMs));
  gauges.gamedayDue.set("", every === undefined ? undefined : Number(dueSince !== undefined));
}

function showJobInStore(gauges: Gauges, labels: string, status: JobStoreStatus): void {
  gauges.fresh.set(labels, status.freshness === "fresh" ? 1 : 0);
  gauges.points.set(labels, status.points);
  gauges.damagedPoints.set(labels, status.points === undefined ? undefined : status.damaged.length);
  gauges.lastSuccess.set(labels, inSeconds(status.newest?.startedAt));
  gauges.pointSize.set(labels, status.newest?.storedBytes);
  gauges.oldestPoint.set(labels, inSeconds(status.oldestAt));
  gauges.lastVerified.set(labels, inSeconds(status.lastVerifiedAt));
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
  ...([
    "store-unreachable",
    "disk-low",
    "state-unwritable",
    "config-refused",
    "channel-broken",
    "gameday-due",
  ] as const),
];

/** All that could fire are there with 0, so that a rule sees them begin. */
function showAlerts(gauge: GaugeText, { jobs, alerts }: StackStatus): void {
  const labelsOf = (condition: string, job?: string) =>
    labelsText(job === undefined ? { condition } : { job, condition });
  const counts = new Map<string, number>();
  for (const condition of CONDITIONS) {
    if (CONDITIONS_WITHOUT_JOB.includes(condition)) counts.set(labelsOf(condition), 0);
    else for (const { name } of jobs) counts.set(labelsOf(condition, name), 0);
  }
  for (const { problem } of alerts) {
    const labels = labelsOf(problem.condition, problem.job);
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  for (const [labels, count] of counts) gauge.set(labels, count);
}

function inSeconds(milliseconds: Instant | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / SECOND;
}
