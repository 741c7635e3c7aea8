/** What an incremental point may build on: the newest point that every store has whole, unless everything is to be read. */
import type { Instant } from "./instant.ts";
import { byNewest, isVerified, type CatalogPoint, type CommitRecord } from "./recovery-point.ts";
import { contentOf } from "./same-content.ts";
import type { Schedule } from "./schedule.ts";

export interface BaseQuestion {
  /** The job's; undefined: each point holds everything. */
  full: Schedule | undefined;
  sourceKind: string;
  now: Instant;
  /** What each store that is written to holds of the job. */
  stores: readonly (readonly CatalogPoint[])[];
}

export type BaseChoice =
  | { base: CommitRecord; fullBecause?: undefined }
  /** A clause that follows "a full, because". */
  | { base?: undefined; fullBecause: string };

export function chooseBase({ full, sourceKind, now, stores }: BaseQuestion): BaseChoice {
  if (full === undefined) return { fullBecause: "every point of the job is one" };
  const [first = []] = stores;
  const usable = stores.map((points) => usablePoints(points, sourceKind, now));
  const isShared = (point: CatalogPoint): boolean =>
    usable.every((points) => points.some(({ id }) => id === point.id)) &&
    stores.every((points) => hasSame(points, point, first));
  const shared = first.filter(isShared);
  const [base] = shared.toSorted(byNewest);
  if (base === undefined) return { fullBecause: reasonWithoutBase(stores) };
  const lastFull = shared.filter(({ record }) => record.kind === "full").toSorted(byNewest)[0];
  const due = full.previous(now);
  if (lastFull === undefined || (due !== undefined && lastFull.startedAt < due)) {
    return { fullBecause: "one is due" };
  }
  return { base: base.record };
}

/** Whole, proven with all that they need, and not of the future: a clock that was wrong proves nothing. */
function usablePoints(points: readonly CatalogPoint[], sourceKind: string, now: Instant): CatalogPoint[] {
  const good = new Set(points.filter(isVerified).map(({ id }) => id));
  return points.filter(
    ({ id, record, startedAt }) =>
      record.sourceKind === sourceKind &&
      startedAt < now &&
      [id, ...record.needs].every((needed) => good.has(needed)),
  );
}

/** One capture goes to all stores, so what it refers to must be the same bytes in each: the point's, and those of all it needs. */
function hasSame(
  points: readonly CatalogPoint[],
  { id, record }: CatalogPoint,
  ofFirst: readonly CatalogPoint[],
): boolean {
  return [id, ...record.needs].every((needed) => {
    const digests = digestsOf(points, needed);
    return digests !== undefined && digests === digestsOf(ofFirst, needed);
  });
}

function digestsOf(points: readonly CatalogPoint[], id: string): string | undefined {
  const record = points.find((point) => point.id === id)?.record;
  return record && contentOf(record);
}

function reasonWithoutBase(stores: readonly (readonly CatalogPoint[])[]): string {
  if (stores.every((points) => points.length === 0)) return "it is the first";
  return stores.length === 1
    ? "the store holds no earlier point that can be trusted"
    : "no earlier point is whole in every store";
}
