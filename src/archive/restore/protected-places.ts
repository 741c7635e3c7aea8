/** Directories that a restore must not take the place of, under whichever path or mount they are reached. */
import { HoldfastError } from "../../domain/errors.ts";
import { contains, locate, type Mount } from "./mount-table.ts";
import { realPath } from "./real-path.ts";

export interface ProtectedPlace {
  /** Absolute; need not exist. */
  path: string;
  /** As the error calls it: `store local`. */
  name: string;
  /** A `source` only must not be replaced: into and below an empty one a restore may go. */
  kind: "store" | "state" | "source" | "archive";
}

interface Target {
  /** As the user wrote it. */
  given: string;
  /** Its real path. */
  path: string;
  isEmpty: boolean;
}

type Relation = "is" | "holds" | "lies in";

/** Throws `refused` naming the first place that would be hurt. */
export async function assertUnprotected(
  target: Target,
  places: readonly ProtectedPlace[],
  mounts: readonly Mount[],
): Promise<void> {
  for (const place of places) {
    // A place that cannot be followed is at least where the config says.
    const path = await realPath(place.path).catch(() => place.path);
    const relation = relationOf(target.path, path, mounts);
    if (relation === undefined) continue;
    if (place.kind === "source" && (target.isEmpty || relation === "lies in")) continue;
    throw new HoldfastError("refused", {
      what: `Restoring to ${target.given}`,
      why: `the directory ${relation} ${place.name} (${place.path})`,
      next: NEXT[place.kind],
    });
  }
}

const ELSEWHERE = "choose a directory outside of the stores and of Holdfast's state";
const NEXT: Record<ProtectedPlace["kind"], string> = {
  store: ELSEWHERE,
  state: ELSEWHERE,
  archive: "choose a directory that does not hold it, or move the archive",
  source:
    "to put a source back, stop the application and restore with --in-place instead of --to; otherwise choose a new directory",
};

/** What the target is to the place. */
function relationOf(target: string, place: string, mounts: readonly Mount[]): Relation | undefined {
  const [a, b] = [locate(mounts, target), locate(mounts, place)];
  const byPath = relationOfPaths(target, place);
  if (byPath !== undefined || a === undefined || b === undefined || a.device !== b.device) return byPath;
  return relationOfPaths(a.path, b.path);
}

function relationOfPaths(target: string, place: string): Relation | undefined {
  if (target === place) return "is";
  if (contains(target, place)) return "holds";
  return contains(place, target) ? "lies in" : undefined;
}
