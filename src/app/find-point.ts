/** Choosing a recovery point by id, by time, or the newest. */
import { HoldfastError } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import type { Instant } from "../domain/instant.ts";
import { isSafety, type CatalogPoint } from "../domain/recovery-point.ts";

export type PointChoice =
  /** The whole id, or a beginning of it that only one point has. */
  | { id: string }
  /** The newest point that was started at or before this. */
  | { at: Instant }
  | { newest: true }
  /** Any, by a number from 0 to 1, the latter excluded. */
  | { random: number };

/** `points` is what Catalog.listPoints gives: newest first, of one store. Throws `not-found` naming the nearest. */
export function findPoint(points: readonly CatalogPoint[], choice: PointChoice): CatalogPoint {
  const [newest] = points;
  if (newest === undefined) {
    throw notFound("Finding a recovery point", "there is none", "see `holdfast status` for the runs so far");
  }
  if ("id" in choice) return byId(points, choice.id);
  const wanted = points.filter(({ record }) => !isSafety(record));
  if ("random" in choice) return wanted[Math.floor(choice.random * wanted.length)] ?? newest;
  if ("at" in choice) return byTime(wanted.length === 0 ? points : wanted, choice.at);
  return wanted[0] ?? newest;
}

function byId(points: readonly CatalogPoint[], id: string): CatalogPoint {
  const what = `Finding recovery point ${id}`;
  const exact = points.find((point) => point.id === id);
  if (exact !== undefined) return exact;
  const begun = id === "" ? [] : points.filter((point) => point.id.startsWith(id));
  const [only] = begun;
  if (only !== undefined && begun.length === 1) return only;
  if (begun.length > 1) {
    const some = begun.slice(0, 5).map((point) => point.id);
    throw new HoldfastError("usage", { what, why: `${begun.length} points begin so: ${some.join(", ")}` });
  }
  throw notFound(what, "there is no such point", `the nearest is ${mostAlike(points, id).id}`);
}

/** That with the longest common beginning, which is the nearest in time; of several the newest. */
function mostAlike(points: readonly CatalogPoint[], id: string): CatalogPoint {
  return points.reduce((best, point) => (alikeness(point.id, id) > alikeness(best.id, id) ? point : best));
}

function alikeness(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function byTime(points: readonly CatalogPoint[], at: Instant): CatalogPoint {
  const found = points.find((point) => point.startedAt <= at);
  if (found !== undefined) return found;
  const oldest = points.reduce((best, point) => (point.startedAt < best.startedAt ? point : best));
  throw notFound(
    `Finding a recovery point at ${toIso(at)}`,
    "there is none so old",
    `the oldest is ${oldest.id}, started at ${toIso(oldest.startedAt)}`,
  );
}

function notFound(what: string, why: string, next: string): HoldfastError {
  return new HoldfastError("not-found", { what, why, next });
}
