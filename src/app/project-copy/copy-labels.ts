/** What is on all that belongs to a copy, so that it is found again whoever made it. */

export const COPY_LABELS = {
  stack: "holdfast.stack",
  /** The project that it is a copy of. */
  original: "holdfast.project",
  /** Its own. */
  copy: "holdfast.copy",
  /** The place of the drill that made it: it is left over when that is gone. None is on a copy that somebody asked for. */
  place: "holdfast.drill",
} as const;

export interface CopyOwner {
  stack: string;
  original: string;
  project: string;
  /** Of a drill. */
  place?: string | undefined;
}

export function copyLabels({ stack, original, project, place }: CopyOwner): Record<string, string> {
  return {
    [COPY_LABELS.stack]: stack,
    [COPY_LABELS.original]: original,
    [COPY_LABELS.copy]: project,
    ...(place === undefined ? {} : { [COPY_LABELS.place]: place }),
  };
}
