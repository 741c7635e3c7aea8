/** When the people who would recover the stack last rehearsed it, and whether it is time to do it again. */
import type { Instant, Milliseconds } from "../../domain/instant.ts";
import type { RunRecord } from "../../domain/run.ts";
import { STACK_JOB } from "../../domain/stack-job.ts";
import type { RunHistory } from "../../ports/state.ts";

export interface GamedayStatus {
  /** The newest that went on to its end, also one that showed that something is wrong: it was held for that. */
  lastRun: RunRecord | undefined;
  /** Time since the last one after which another one is due; undefined: nobody is reminded. */
  every: Milliseconds | undefined;
  /** Since when one is. */
  dueSince: Instant | undefined;
}

/** How far back one that went on to its end is looked for. */
const RECENT_RUNS = 10;

/** Without one, time runs from when Holdfast first saw the stack. */
export function gamedayStatus(
  every: Milliseconds | undefined,
  { runs, now }: { runs: RunHistory; now: Instant },
): GamedayStatus {
  const recent = runs.recent({ job: STACK_JOB, operation: "gameday", limit: RECENT_RUNS });
  const lastRun = recent.find(({ outcome }) => outcome !== "cancelled" && outcome !== "skipped");
  if (every === undefined) return { lastRun, every, dueSince: undefined };
  const dueAt = (lastRun?.finishedAt ?? runs.firstSeen(`${STACK_JOB}/gameday`, now)) + every;
  return { lastRun, every, dueSince: now > dueAt ? dueAt : undefined };
}
