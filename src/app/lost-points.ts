/** Points that stand in a store but that no store can give: whoever would have been given one is told so. */
import { HoldfastError } from "../domain/errors.ts";
import { isPointId, pointId, type CatalogPoint } from "../domain/recovery-point.ts";
import type { CatalogProblem } from "./catalog.ts";
import type { PointChoice } from "./find-point.ts";

/**
 * Throws `damaged` where the choice falls on such a point: who asked for the newest is not given an older one without having said
 * so. `points`, newest first, are those that a store can give.
 */
export function assertNotLost(
  points: readonly CatalogPoint[],
  problems: readonly CatalogProblem[],
  choice: PointChoice,
): void {
  const known = new Set(points.map(({ id }) => id));
  const lost = problems.filter(({ id, kind }) => HIDES_POINT.has(kind) && isPointId(id) && !known.has(id));
  const problem = "id" in choice ? lostById(points, lost, choice.id) : lostSince(points, lost, choice);
  if (problem === undefined) return;
  const instead = points.find(({ id }) => secondOf(id) < secondOf(problem.id)) ?? points[0];
  const others = instead === undefined ? "there is no other" : `restore --point ${instead.id} instead`;
  throw new HoldfastError("damaged", {
    what: `Finding recovery point ${problem.id}`,
    why: `no store can give it: ${problem.message}`,
    next: `${others}; \`holdfast verify\` tells more`,
  });
}

/** Kinds of problems of a point that is then not listed. */
const HIDES_POINT: ReadonlySet<CatalogProblem["kind"]> = new Set([
  "unreadable",
  "damaged",
  "unsupported",
  "incomplete",
]);

function lostById(
  points: readonly CatalogPoint[],
  lost: readonly CatalogProblem[],
  id: string,
): CatalogProblem | undefined {
  if (id === "" || points.some((point) => point.id.startsWith(id))) return undefined;
  return lost.find((problem) => problem.id.startsWith(id));
}

/** The newest that was started after the point that would be found, by the second that its id tells. */
function lostSince(
  points: readonly CatalogPoint[],
  lost: readonly CatalogProblem[],
  choice: Exclude<PointChoice, { id: string }>,
): CatalogProblem | undefined {
  const last = "at" in choice ? secondOf(pointId(choice.at, "")) : undefined;
  const found = points.find(({ startedAt }) => !("at" in choice) || startedAt <= choice.at);
  const isBetween = ({ id }: CatalogProblem) =>
    (found === undefined || secondOf(id) > secondOf(found.id)) &&
    (last === undefined || secondOf(id) <= last);
  return lost.filter(isBetween).sort((a, b) => (a.id < b.id ? 1 : -1))[0];
}

function secondOf(id: string): string {
  return id.split("-")[0] ?? "";
}
