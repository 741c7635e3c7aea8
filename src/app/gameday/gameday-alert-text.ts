/** What the reminder of a game day says. */
import type { Problem } from "../../domain/alerts.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { when } from "../alert-texts.ts";
import type { GamedayStatus } from "./gameday-status.ts";

export function gamedayDue({ lastRun, every }: GamedayStatus): Problem {
  const last =
    lastRun === undefined
      ? "Nobody has rehearsed the recovery of this stack yet."
      : `The recovery of this stack was last rehearsed at ${when(lastRun.finishedAt)}, and took ${formatDuration(lastRun.restoreMs ?? lastRun.durationMs)}.`;
  const limit = every === undefined ? "" : ` One is due every ${formatDuration(every)}.`;
  return {
    condition: "gameday-due",
    severity: "warning",
    title: "A game day is due",
    detail: `${last}${limit} Drills prove that points can be restored; only a game day shows that people find the way.`,
    next: "Run `holdfast gameday --scenario volume-loss --project-copy` with whoever is on call.",
  };
}
