/** What a recovery of the stack would do: which points come back, what is lost with that, what stands still for it, and for how long. */
import type { Instant, Milliseconds } from "./instant.ts";

/** A volume or a directory, or the dumps of a server; all else is nobody's to put back by a command. */
export type RestoreKind = "volume" | "dump";

export interface RecoverableJob {
  job: string;
  kind: RestoreKind;
  /** Of dumps: the Compose service of their server. */
  service: string | undefined;
  /** Services that have its volume mounted; of dumps: those that are stopped for a restore beside dependents. */
  users: readonly string[];
  point: PlannedPoint;
  /** A restore or drill of it that was measured. */
  measured: { ms: Milliseconds; bytes: number } | undefined;
}

export interface PlannedPoint {
  id: string;
  store: string;
  startedAt: Instant;
  sourceBytes: number;
}

export interface PlannedService {
  service: string;
  dependsOn: readonly string[];
  isRunning: boolean;
}

/** A job of which nothing comes back. */
export interface LeftAlone {
  job: string;
  /** A clause. */
  why: string;
  /** What to do instead, as a clause. */
  next: string | undefined;
}

export interface PlannedRestore extends RecoverableJob {
  /** What was written after this is lost. */
  lost: Milliseconds;
  expected: Milliseconds | undefined;
}

export interface RecoveryPlan {
  now: Instant;
  /** Volumes, then dumps, which need their servers to run. */
  restores: readonly PlannedRestore[];
  leftAlone: readonly LeftAlone[];
  /** Services that run and are stopped, dependents first. */
  stops: readonly string[];
  /** Servers that run, or are started, before the dumps are restored; with what they need. */
  servers: readonly string[];
  /** Between the oldest and the newest of the points. */
  spread: Milliseconds;
  /** Without stopping and starting; undefined where a part was never measured. */
  expected: Milliseconds | undefined;
}

export interface PlanFacts {
  now: Instant;
  jobs: readonly RecoverableJob[];
  leftAlone: readonly LeftAlone[];
  /** But that of Holdfast itself. */
  services: readonly PlannedService[];
  /** Not all jobs of the stack were asked for: who has nothing to do with those goes on. */
  isPartial: boolean;
  /** How many volumes are restored at once. */
  parallel: number;
}

export function planRecovery(facts: PlanFacts): RecoveryPlan {
  const { now, services, isPartial, parallel } = facts;
  const inOrder = facts.jobs.toSorted((a, b) => rank(a) - rank(b));
  const restores = inOrder.map((job) => ({
    ...job,
    lost: Math.max(0, now - job.point.startedAt),
    expected: expectedOf(job),
  }));
  const ofDumps = inOrder.flatMap(({ service }) => service ?? []);
  const servers = withDependencies(ofDumps, services);
  const volumeUsers = new Set(inOrder.flatMap(({ kind, users }) => (kind === "volume" ? users : [])));
  const mayRun = (name: string): boolean => servers.includes(name) && !volumeUsers.has(name);
  const concerned = isPartial ? withDependents([...users(inOrder)], services) : services.map(nameOf);
  const stops = dependentsFirst(
    services.filter(({ service, isRunning }) => isRunning && concerned.includes(service) && !mayRun(service)),
  );
  const moments = inOrder.map(({ point }) => point.startedAt);
  const spread = moments.length === 0 ? 0 : Math.max(...moments) - Math.min(...moments);
  return {
    ...{ now, restores, servers, spread, leftAlone: facts.leftAlone },
    stops: stops.map(nameOf),
    expected: totalOf(restores, parallel),
  };
}

function rank({ kind }: RecoverableJob): number {
  return kind === "volume" ? 0 : 1;
}

function nameOf({ service }: { service: string }): string {
  return service;
}

function users(jobs: readonly RecoverableJob[]): Set<string> {
  return new Set(
    jobs.flatMap(({ users: its, service }) => [...its, ...(service === undefined ? [] : [service])]),
  );
}

/** More is taken to take longer in proportion; less never takes less than a tenth. */
function expectedOf({ measured, point }: RecoverableJob): Milliseconds | undefined {
  if (measured === undefined) return undefined;
  const factor = measured.bytes <= 0 ? 1 : Math.max(0.1, point.sourceBytes / measured.bytes);
  return Math.round(measured.ms * factor);
}

/** Volumes side by side, then dumps one after the other. */
function totalOf(restores: readonly PlannedRestore[], parallel: number): Milliseconds | undefined {
  if (restores.some(({ expected }) => expected === undefined)) return undefined;
  const of = (kind: RestoreKind): number[] =>
    restores.flatMap((each) => (each.kind === kind ? (each.expected ?? 0) : []));
  const lanes = Array.from({ length: Math.max(1, parallel) }, () => 0);
  for (const ms of of("volume")) {
    const freest = lanes.indexOf(Math.min(...lanes));
    lanes[freest] = (lanes[freest] ?? 0) + ms;
  }
  return Math.max(...lanes) + of("dump").reduce((sum, ms) => sum + ms, 0);
}

/** With all that need one of them, however indirectly. */
function withDependents(names: readonly string[], services: readonly PlannedService[]): string[] {
  return closure(names, (name) =>
    services.flatMap(({ service, dependsOn }) => (dependsOn.includes(name) ? [service] : [])),
  );
}

/** With all that one of them needs. */
export function withDependencies(
  names: readonly string[],
  services: readonly Pick<PlannedService, "service" | "dependsOn">[],
): string[] {
  return closure(names, (name) =>
    services.flatMap(({ service, dependsOn }) => (service === name ? dependsOn : [])),
  );
}

function closure(names: readonly string[], next: (name: string) => readonly string[]): string[] {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...next(name));
  }
  return [...found].sort();
}

/** A circle, which Compose refuses, is cut anywhere. */
export function dependentsFirst<S extends Pick<PlannedService, "service" | "dependsOn">>(
  services: readonly S[],
): S[] {
  const ordered: S[] = [];
  const seen = new Set<S>();
  const visit = (one: S): void => {
    if (seen.has(one)) return;
    seen.add(one);
    for (const other of services) if (other.dependsOn.includes(one.service)) visit(other);
    ordered.push(one);
  };
  for (const one of services) visit(one);
  return ordered;
}
