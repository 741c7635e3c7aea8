/** Which points of a listing a prune may judge, and what it has to know of each. */
import { isPointId, isVerified } from "../domain/recovery-point.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { RetentionPoint } from "../domain/retention.ts";

/** A point that the catalog found and could not use. */
export interface UnusablePoint {
  job: string;
  id: string;
  /** A kind of CatalogProblem. */
  kind: string;
}

/** Problems of points that were read all the same, or are none of this job's. All others hide what a point needs. */
const NEEDS_KNOWN: ReadonlySet<string> = new Set(["foreign", "proof-unreadable"]);

interface Scope {
  store: { name: string };
  stack: string;
  job: { name: string };
}

/** Undefined for a point of this stack, job and store whose commit record is its own. */
export function whyNotOurs(point: CatalogPoint, { store, stack, job }: Scope): string | undefined {
  const { record } = point;
  if (point.store !== store.name) return `it is in store ${point.store}`;
  if (point.job !== job.name) return `it belongs to job ${point.job}`;
  if (!isPointId(point.id)) return "its name is not that of a recovery point";
  if (record.stack === stack && record.job === job.name && record.id === point.id) return undefined;
  return `its commit record is that of ${record.stack}/${record.job}/${record.id}`;
}

/**
 * A point that is missing what could not be read never displaces a complete one; where there is no complete one, it is judged
 * like any other.
 *
 * What a later point needs that cannot be read (damaged, or written by a newer version) is not known: it may be
 * anything older, so nothing older goes. Ids sort by the second.
 */
export function pointsToJudge(
  points: readonly CatalogPoint[],
  {
    inUse,
    problems,
    job,
  }: { inUse: ReadonlySet<string>; problems: readonly UnusablePoint[]; job: { name: string } },
): RetentionPoint[] {
  const lastUnknown = problems
    .filter((problem) => problem.job === job.name && !NEEDS_KNOWN.has(problem.kind))
    .map(({ id }) => id)
    .reduce((latest, id) => (id > latest ? id : latest), "");
  const noneIsComplete = points.every(({ record }) => record.incomplete === true);
  return points.map((point) => ({
    id: point.id,
    startedAt: point.startedAt,
    verified: isVerified(point) && (!point.record.incomplete || noneIsComplete),
    pinned: point.pinned,
    needs: point.record.needs,
    inUse: inUse.has(point.id),
    mayBeNeededBy: secondOf(point.id) <= secondOf(lastUnknown) ? lastUnknown : undefined,
  }));
}

function secondOf(id: string): string {
  return id.split("-")[0] ?? "";
}
