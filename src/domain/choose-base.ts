/** What an incremental point may build on: the newest point that every store has whole, unless everything is to be read. */
import type { Instant } from "./instant.ts";
import { byNewest, isVerified, type CatalogPoint, type CommitRecord } from "./recovery-point.ts";
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
  const [first = [], ...others] = stores.map((points) => usablePoints(points, sourceKind, now));
  const shared = first.filter((point) => others.every((points) => hasSame(points, point)));
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

/** One capture goes to all stores, so what it refers to must be the same bytes in each. */
function hasSame(points: readonly CatalogPoint[], { id, record }: CatalogPoint): boolean {
  const found = points.find((point) => point.id === id);
  return found !== undefined && digestsOf(found.record) === digestsOf(record);
}

function digestsOf({ objects, needs }: CommitRecord): string {
  return JSON.stringify([objects.map(({ name, sha256 }) => [name, sha256]), needs]);
}

function reasonWithoutBase(stores: readonly (readonly CatalogPoint[])[]): string {
  if (stores.every((points) => points.length === 0)) return "it is the first";
  return stores.length === 1
    ? "the store holds no earlier point that can be trusted"
    : "no earlier point is whole in every store";
}
