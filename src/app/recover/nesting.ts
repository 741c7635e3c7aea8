/** Data of one job within that of another: the restore of a directory replaces all that is in it, so what lies further down comes after it. */
import type { JobData } from "../project-copy/copied-volumes.ts";

/** By job: how many others have to be restored before it. Of two jobs of the very same place the later one waits. */
export function nestingOf(data: readonly JobData[]): Map<string, number> {
  return new Map(
    data.map((one, at) => [
      one.job,
      data.filter((other, otherAt) => isWithin(one, other) || (isSame(one, other) && otherAt < at)).length,
    ]),
  );
}

/** What may be restored side by side, in the order of these groups. */
export function outerFirst<S extends { job: string }>(
  steps: readonly S[],
  nesting: ReadonlyMap<string, number>,
): S[][] {
  const groups = Map.groupBy(steps, ({ job }) => nesting.get(job) ?? 0);
  return [...groups].toSorted(([a], [b]) => a - b).map(([, group]) => group);
}

function isWithin(one: JobData, other: JobData): boolean {
  return one.kind === other.kind && one.of === other.of && one.below.startsWith(`${other.below}/`);
}

function isSame(one: JobData, other: JobData): boolean {
  return one.kind === other.kind && one.of === other.of && one.below === other.below;
}
