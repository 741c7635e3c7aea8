/** Asks before a source is replaced: a person types the job's name, a script says --yes. */
import type { InPlaceTarget } from "../archive/in-place/examine-in-place.ts";
import { HoldfastError } from "../domain/errors.ts";
import { recentOnly, recentOnlyText } from "../domain/recent-only.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import { someOf } from "./confirm-replace.ts";
import type { Terminal } from "./terminal.ts";
import { formatInstant } from "./when.ts";

export interface PlaceInQuestion extends Pick<InPlaceTarget, "path"> {
  /** What will be replaced; undefined where that cannot be seen from here. */
  replaced: readonly string[] | undefined;
}

export interface InPlaceQuestion {
  job: string;
  target: PlaceInQuestion;
  point: CatalogPoint;
  paths: readonly string[] | undefined;
  keepOld: boolean;
  /** Why the old content is kept in any case. */
  lacks: string | undefined;
  /** What is stopped meanwhile; undefined: nothing is done to what uses the source. */
  stopped?: readonly string[] | undefined;
  yes: boolean;
}

/** Throws `refused` unless somebody said yes. Asks also where nothing is there, which may be a volume that is not mounted. */
export async function confirmInPlace(terminal: Terminal, question: InPlaceQuestion): Promise<void> {
  assertMovesNothingUnasked(question);
  if (question.yes) return;
  const { job, target } = question;
  const change = changeOf(question);
  const typed = await terminal.ask(
    `${change} ${fateOfOld(question)} ${duty(question)} Type ${job} to go on: `,
  );
  if (typed?.trim() === job) return;
  throw new HoldfastError("refused", {
    what: `Restoring to ${target.path}`,
    why:
      typed === undefined ? `nobody confirmed it: ${change} ${fateOfOld(question)}` : "it was not confirmed",
    next: typed === undefined ? adviceFor(question) : "nothing was changed",
  });
}

/** What a point lacks by design is nobody's to move away unless that was asked for. */
function assertMovesNothingUnasked({ job, point, target, keepOld }: InPlaceQuestion): void {
  const recent = recentOnly(point.record);
  if (recent === undefined || keepOld || target.replaced?.length === 0) return;
  throw new HoldfastError("refused", {
    what: `Restoring job ${job} in place from point ${point.id}`,
    why: `${recentOnlyText(recent)}, and what is older would be taken out of ${target.path}`,
    next: "restore with --to DIRECTORY and copy what you need, or add --keep-old, which moves what is there to .holdfast-old-…",
  });
}

function duty({ stopped }: InPlaceQuestion): string {
  if (stopped === undefined) return "Stop what uses it first.";
  return stopped.length === 0 ? "No service uses it." : `Meanwhile ${stopped.join(", ")} will be stopped.`;
}

function adviceFor({ stopped }: InPlaceQuestion): string {
  return stopped === undefined ? "stop what uses it and add --yes" : "add --yes";
}

function changeOf({ target, point, paths, job }: InPlaceQuestion): string {
  const by = `by point ${point.id} of ${formatInstant(point.startedAt)} in ${point.store}`;
  const { path, replaced } = target;
  if (paths !== undefined)
    return `In ${path}, the source of job ${job}, ${paths.join(", ")} will be replaced ${by}.`;
  if (replaced === undefined) return `All of ${path}, the source of job ${job}, will be replaced ${by}.`;
  const holds =
    replaced.length === 0
      ? "which holds nothing now"
      : `which holds ${replaced.length === 1 ? "1 entry" : `${replaced.length} entries`} (${someOf(replaced)})`;
  return `All of ${path}, the source of job ${job}, ${holds}, will be replaced ${by}.`;
}

function fateOfOld({ target, keepOld, lacks }: InPlaceQuestion): string {
  if (target.replaced?.length === 0) return "Nothing is there that would be lost.";
  const place = target.replaced === undefined ? `.holdfast-old-… in it` : `${target.path}/.holdfast-old-…`;
  if (keepOld) return `What is there now is kept in ${place}.`;
  if (lacks !== undefined) return `What is there now is kept in ${place}, since ${lacks}.`;
  return "What is there now is moved aside, and removed when the restore has succeeded.";
}
