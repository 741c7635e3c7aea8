/** Finds a recovery point over several stores: which point is meant, and which stores can give it. */
import { asError, cancellation, HoldfastError } from "../domain/errors.ts";
import { byNewest, type CatalogPoint, type CommitRecord } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import type { Catalog, CatalogProblem } from "./catalog.ts";
import { findPoint, type PointChoice } from "./find-point.ts";
import { assertNotLost } from "./lost-points.ts";

export interface PointCopy {
  store: Store;
  point: CatalogPoint;
  /** Commit records of the job's other points in that store. */
  siblings: CommitRecord[];
}

export interface LocatedPoint {
  /** At least one; in the order of the stores that were asked. */
  copies: [PointCopy, ...PointCopy[]];
  /** All that there are, one for each store that has it. */
  points: CatalogPoint[];
  /** One sentence each: stores that did not answer, points that cannot be used. What was found may not be the newest. */
  warnings: string[];
}

export interface LocateRequest {
  catalog: Catalog;
  /** In the order of preference. */
  stores: readonly Store[];
  stack: string;
  /** Undefined: of any job. */
  job?: string | undefined;
  choice: PointChoice;
  signal: AbortSignal;
}

export interface PointsOverview {
  /** Newest first; one for each store that has the point. */
  points: CatalogPoint[];
  /** Points that cannot be used; `warnings` says of each why. */
  problems: CatalogProblem[];
  warnings: string[];
}

/** Every point in every store that answers; rejects with the first store's error when none does. */
export async function listEverywhere(request: Omit<LocateRequest, "choice">): Promise<PointsOverview> {
  const { catalog, stores, stack, job, signal } = request;
  const scope = job === undefined ? { stack, signal } : { stack, job, signal };
  const listings = await Promise.allSettled(stores.map((store) => catalog.listPoints(store, scope)));
  const answered = listings.flatMap((listing) => (listing.status === "fulfilled" ? [listing.value] : []));
  const errors = listings.flatMap((listing) =>
    listing.status === "rejected" ? [asError(listing.reason)] : [],
  );
  const [firstError] = errors;
  if (firstError !== undefined && answered.length === 0) throw firstError;
  if (signal.aborted) throw cancellation(signal, "Finding recovery points");
  return {
    points: answered.flatMap(({ points }) => points).sort(byNewest),
    problems: answered.flatMap(({ problems }) => problems),
    warnings: [
      ...errors.map(({ message }) => message),
      ...answered.flatMap(({ problems }) => problems.map(({ message }) => message)),
    ],
  };
}

/** Throws `damaged` for a point that is in a store but that no store can give. */
export async function locatePoint(request: LocateRequest): Promise<LocatedPoint> {
  const { points, problems, warnings } = await listEverywhere(request);
  const distinct = [...new Map(points.map((point) => [`${point.job}/${point.id}`, point])).values()];
  if (!("random" in request.choice)) assertNotLost(distinct, problems, request.choice);
  const chosen = findPoint(distinct, request.choice);
  const [first, ...others] = request.stores.flatMap((store) => {
    const ofJob = points.filter(({ job, store: name }) => job === chosen.job && name === store.name);
    const point = ofJob.find(({ id }) => id === chosen.id);
    if (point === undefined) return [];
    return [{ store, point, siblings: ofJob.filter((other) => other !== point).map(({ record }) => record) }];
  });
  if (first === undefined) {
    throw new HoldfastError("internal", {
      what: `Finding ${chosen.id}`,
      why: "no store has the point that was listed",
    });
  }
  return { copies: [first, ...others], points, warnings };
}
