/** Which points of a job a store lacks and should have, what has to be there before each, and which stores can give it. */
import type { Job } from "../domain/job.ts";
import { planRetention } from "../domain/plan-retention.ts";
import { byNewest, isVerified, type CatalogPoint } from "../domain/recovery-point.ts";
import { retentionIn } from "../domain/retention-in.ts";
import { contentOf } from "../domain/same-content.ts";
import type { Instant } from "../domain/instant.ts";
import type { Store } from "../ports/store.ts";
import { pointsToJudge } from "./points-to-prune.ts";

/** Of a job, what tells which of its points a store keeps. */
export type Keeping = Pick<Job, "name" | "retention" | "keepFor" | "timezone">;

/** What is looked at for copying to a store. */
export interface Copying {
  /** What the store holds that is copied to. */
  target: readonly CatalogPoint[];
  /** What the others hold, in the order of preference. */
  sources: readonly StoreOfPoints[];
}

/** What a store holds of the job, by its listing. */
export interface StoreOfPoints {
  store: Store;
  points: readonly CatalogPoint[];
}

export interface PointToCopy {
  id: string;
  /** As the first of `from` has it. */
  point: CatalogPoint;
  /** Stores that have the same and know nothing against it, in the order of preference. */
  from: readonly Store[];
  /** Content, by id, of the points that it takes bytes from. */
  needs: ReadonlyMap<string, string>;
}

export interface CopyingPlan {
  /** Oldest first, so that what a point needs comes before it. */
  copies: PointToCopy[];
  /** Points that were wanted, or are needed by those, and that no store can give with all they need. `why` is a clause. */
  damaged: { id: string; why: string }[];
}

/** The wanted points that the target lacks, with all that they need. */
export function planCopying(wanted: Iterable<string>, { target, sources }: Copying): CopyingPlan {
  const there = new Set(target.map(({ id }) => id));
  const missing = new Set([...wanted].filter((id) => !there.has(id)));
  const plan: CopyingPlan = { copies: [], damaged: [] };
  for (const id of missing) {
    const copies = copiesOf(id, sources);
    const [first] = copies;
    if (first === undefined) {
      plan.damaged.push({ id, why: "no store has it whole" });
      continue;
    }
    for (const needed of first.point.record.needs) if (!there.has(needed)) missing.add(needed);
    const content = contentOf(first.point.record);
    const same = copies.filter(({ point }) => contentOf(point.record) === content);
    plan.copies.push({ id, point: first.point, needs: first.needs, from: same.map(({ store }) => store) });
  }
  plan.copies.sort((a, b) => byNewest(b.point, a.point));
  return withoutHalfChains(plan);
}

function withoutHalfChains({ copies, damaged }: CopyingPlan): CopyingPlan {
  const plan: CopyingPlan = { copies: [], damaged: [...damaged] };
  for (const copy of copies) {
    const torn = copy.point.record.needs.find((needed) => plan.damaged.some(({ id }) => id === needed));
    if (torn === undefined) plan.copies.push(copy);
    else plan.damaged.push({ id: copy.id, why: `it needs ${torn}, and no store has that whole` });
  }
  return plan;
}

/** Those that no proof has failed. */
function copiesOf(
  id: string,
  sources: readonly StoreOfPoints[],
): (Pick<PointToCopy, "id" | "point" | "needs"> & { store: Store })[] {
  return sources.flatMap(({ store, points }) => {
    const point = points.find((one) => one.id === id);
    if (point === undefined || !isVerified(point)) return [];
    const needed = points.filter((other) => point.record.needs.includes(other.id));
    return [{ id, store, point, needs: new Map(needed.map((one) => [one.id, contentOf(one.record)])) }];
  });
}

/** Ids of what the job's retention would keep in the store that is copied to, were everything there that the sources have. */
export function keptByRetention(
  { job, now, store }: { job: Keeping; now: Instant; store: string },
  { target, sources }: Copying,
): Set<string> {
  const all = new Map(target.map((point) => [point.id, point]));
  for (const { points } of sources)
    for (const point of points) {
      const known = all.get(point.id);
      if (known === undefined || (!target.includes(known) && !isVerified(known))) all.set(point.id, point);
    }
  const points = pointsToJudge([...all.values()], { inUse: new Set(), problems: [], job });
  const { decisions } = planRetention({
    points,
    policy: retentionIn(job, store),
    timezone: job.timezone,
    now,
  });
  return new Set(decisions.filter(({ action }) => action === "keep").map(({ id }) => id));
}

/**
 * What the target missed while it could not be written to: of that which its retention would keep, whatever is not older than all it
 * has. What is older was made before it was a store of the job, and is copied by hand.
 */
export function missedPoints(
  { job, now, store }: { job: Keeping; now: Instant; store: string },
  held: Copying,
): Set<string> {
  const oldest = Math.min(...held.target.map(({ startedAt }) => startedAt));
  const since = new Set(
    held.sources.flatMap(({ points }) =>
      points.filter(({ startedAt }) => startedAt >= oldest).map(({ id }) => id),
    ),
  );
  return new Set([...keptByRetention({ job, now, store }, held)].filter((id) => since.has(id)));
}
