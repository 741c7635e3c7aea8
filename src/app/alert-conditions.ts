/**
 * What is wrong with a stack now. Two rules keep it quiet without hiding anything: what an unreachable store holds is
 * neither newly complained about nor called well again until it can be seen, since the unreachable store is the alert; and
 * what hovers around a limit does not come and go with each look.
 */
import { alertKey, type Condition, type Problem } from "../domain/alerts.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Outcome, RunRecord } from "../domain/run.ts";
import * as texts from "./alert-texts.ts";
import { gamedayDue } from "./gameday/gameday-alert-text.ts";
import { drillFailed, drillOverdue } from "./drill-alert-texts.ts";
import type { JobStatus, JobStoreStatus, NewestPoint, StackStatus, StoreStatus } from "./read-status.ts";
import { isLow, roomIn } from "./store-room.ts";

export function problemsOf(status: StackStatus): Problem[] {
  const view = viewOf(status);
  return [
    ...(status.stateError === undefined ? [] : [texts.stateUnwritable(status.stateError)]),
    ...(status.configError === undefined ? [] : [texts.configRefused(status.configError)]),
    ...heldProblems(status),
    ...gamedayProblems(status),
    ...status.stores.flatMap((store) => storeProblems(view, store)),
    ...status.jobs.flatMap((job) => [
      ...job.stores.flatMap((inStore) => [
        ...freshnessProblems(view, job, inStore),
        ...damageProblems(view, job, inStore),
      ]),
      ...runProblems(view, job),
      ...drillProblems(view, job),
      ...newestPointProblems(view, job),
    ]),
    ...unusableProblems(view),
  ];
}

/** Longer than any capture should need. */
const HELD_TOO_LONG: Milliseconds = 30 * MINUTE;

/** Also by a process that was killed, whose hold could not be ended yet. */
function heldProblems({ held, at }: StackStatus): Problem[] {
  if (held === undefined || at - held.since <= HELD_TOO_LONG) return [];
  return [texts.servicesHeld(held, at - held.since)];
}

function gamedayProblems({ gameday }: StackStatus): Problem[] {
  return gameday?.dueSince === undefined ? [] : [gamedayDue(gameday)];
}

interface View {
  status: StackStatus;
  /** It does not answer, or was not looked at yet: what it holds cannot be judged. */
  isDown(store: string): boolean;
  /** The problem as it was last told, while its alert is firing. */
  told(about: { condition: Condition; job?: string; store?: string }): Problem[];
}

function viewOf(status: StackStatus): View {
  const down = new Set(status.stores.filter((store) => store.up !== true).map((store) => store.name));
  const firing = new Map(status.alerts.map(({ problem }) => [alertKey(problem), problem]));
  return {
    status,
    isDown: (store) => down.has(store),
    told: (about) => {
      const problem = firing.get(alertKey(about));
      return problem === undefined ? [] : [problem];
    },
  };
}

function storeProblems(view: View, store: StoreStatus): Problem[] {
  const diskLow = { condition: "disk-low", store: store.name } as const;
  if (store.up === undefined) {
    return [...view.told({ condition: "store-unreachable", store: store.name }), ...view.told(diskLow)];
  }
  if (!store.up) return [texts.storeUnreachable(view.status, store), ...view.told(diskLow)];
  const room = roomIn(view.status, store);
  if (room === undefined) return [];
  return isLow(room, view.told(diskLow).length > 0) ? [texts.diskLow(store, room)] : [];
}

function freshnessProblems(view: View, job: JobStatus, inStore: JobStoreStatus): Problem[] {
  const about = { job: job.name, store: inStore.store };
  if (view.isDown(inStore.store)) {
    return [
      ...view.told({ condition: "stale", ...about }),
      ...view.told({ condition: "never-succeeded", ...about }),
    ];
  }
  const lastRun = lastCountedRun(job);
  if (inStore.freshness === "stale") return [texts.stale(job, inStore, lastRun)];
  if (inStore.freshness === "never" && isOverdue(job, view.status)) {
    return [texts.neverSucceeded(job, inStore, lastRun)];
  }
  return [];
}

/** One alert for all damaged points of a job in a store: a dying disk is one piece of news. */
function damageProblems(view: View, job: JobStatus, inStore: JobStoreStatus): Problem[] {
  const about = { condition: "verify-failed", job: job.name, store: inStore.store } as const;
  if (view.isDown(inStore.store)) return view.told(about);
  return inStore.damaged.length === 0 ? [] : [texts.verifyFailed(job, inStore)];
}

/** Also of jobs that are configured no more. A proof that cannot be read counts as failed: that is another condition. */
function unusableProblems(view: View): Problem[] {
  const { problems, alerts } = view.status;
  const seen = problems.filter(({ kind, store }) => kind !== "proof-unreadable" && !view.isDown(store));
  const byPlace = Map.groupBy(seen, ({ job, store }) =>
    alertKey({ condition: "point-unusable", job, store }),
  );
  const hidden = alerts.flatMap(({ problem }) =>
    problem.condition === "point-unusable" && view.isDown(problem.store ?? "") ? [problem] : [],
  );
  return [...[...byPlace.values()].map((found) => texts.pointUnusable(found)), ...hidden];
}

/** A job that has just been configured is given its limit to bring a first point. */
function isOverdue(job: JobStatus, status: StackStatus): boolean {
  return job.maxAge !== undefined && status.at - job.firstSeenAt > job.maxAge;
}

function runProblems(view: View, job: JobStatus): Problem[] {
  const run = lastCountedRun(job);
  if (run === undefined) return [];
  const problem =
    run.outcome === "failed"
      ? texts.runFailed(run)
      : run.outcome === "partial"
        ? texts.runPartial(run)
        : undefined;
  if (problem === undefined) return [];
  return isExplainedByStores(view, run) ? view.told(problem) : [problem];
}

/** The newest backup run that says something about the job: a cancelled or skipped one does not. */
function lastCountedRun(job: JobStatus): RunRecord | undefined {
  const runs = job.lastRun === undefined ? job.recentRuns : [job.lastRun, ...job.recentRuns];
  return runs.find((run) => run.operation === "backup" && COUNTED.includes(run.outcome));
}

const COUNTED: readonly Outcome[] = ["succeeded", "partial", "failed"];

/** All that went wrong was writing to stores that are unreachable still: their own alert says it. */
function isExplainedByStores(view: View, run: RunRecord): boolean {
  const failed = run.stores.filter((result) => result.outcome === "failed");
  const onlyStores =
    failed.length > 0 &&
    (run.outcome === "partial" ? run.warningCount === 0 : failed.length === run.stores.length);
  return onlyStores && failed.every((result) => view.isDown(result.store));
}

/** What failed is not overdue as well. */
function drillProblems(view: View, job: JobStatus): Problem[] {
  const { lastRun, overdueSince } = job.drill;
  if (lastRun?.outcome === "failed") {
    const problem = drillFailed(job, lastRun);
    // Without a verdict, where nothing can be read: the stores' own alerts say it.
    const isExplained = lastRun.point === undefined && job.stores.every(({ store }) => view.isDown(store));
    return isExplained ? view.told(problem) : [problem];
  }
  return overdueSince === undefined ? [] : [drillOverdue(job, overdueSince)];
}

/** What is suspicious about the newest point, wherever it is. */
function newestPointProblems(view: View, job: JobStatus): Problem[] {
  const visible = job.stores.filter((inStore) => !view.isDown(inStore.store));
  if (visible.length === 0) {
    return (["size-below-minimum", "size-anomaly", "silent-change"] as const).flatMap((condition) =>
      view.told({ condition, job: job.name }),
    );
  }
  const newest = newestOf(visible);
  if (newest === undefined) return [];
  const { minSize } = job;
  return [
    ...(minSize !== undefined && newest.sourceBytes < minSize
      ? [texts.sizeBelowMinimum(job, newest, minSize)]
      : []),
    ...(newest.drop === undefined ? [] : [texts.sizeAnomaly(job, newest, newest.drop)]),
    ...(newest.silentChanges.length > 0 ? [texts.silentChange(job, newest)] : []),
  ];
}

function newestOf(stores: JobStoreStatus[]): NewestPoint | undefined {
  return stores
    .flatMap(({ newest }) => (newest === undefined ? [] : [newest]))
    .reduce<NewestPoint | undefined>(
      (a, b) => (a === undefined || b.startedAt > a.startedAt ? b : a),
      undefined,
    );
}
