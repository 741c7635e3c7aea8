/**
 * Cron expressions as Schedules. The library computes instants and nothing else: it holds no timer and never asks what
 * time it is. Why this library: docs/decisions/cron.md.
 */
import { Cron } from "croner";
import type { Instant } from "../domain/instant.ts";
import type { Schedule } from "../domain/schedule.ts";

/** For messages about an expression that was not understood. */
export const SCHEDULE_FORMS = '5 or 6 cron fields such as "0 3 * * *", a name such as @daily, or manual';

const NICKNAMES = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

/**
 * The Schedule of a cron expression in an IANA zone. A time of day that the zone skips is due at the first instant
 * after the gap, and one that it repeats is due once, the first time; a step or wildcard in the hours or minutes
 * counts real time instead, through both. Throws an Error that says what is wrong with the expression.
 */
export function parseSchedule(expression: string, timezone: string): Schedule {
  const fields = expression.trim();
  const count = fields.split(/\s+/).length;
  if (!NICKNAMES.test(fields) && count !== 5 && count !== 6) throw new Error(`it has ${count} fields`);
  // Of UTC the library need not ask the system, which takes it as long as all else of a small config.
  const zone = timezone === "UTC" ? { utcOffset: 0 } : { timezone };
  const cron = new Cron(fields, { ...zone, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" });
  return {
    expression,
    timezone,
    next: (after) => cron.nextRun(new Date(after))?.getTime(),
    previous: (atOrBefore) => lastRunBefore(cron, atOrBefore + 1),
  };
}

/** Strictly before `end`. */
function lastRunBefore(cron: Cron, end: Instant): Instant | undefined {
  return cron.previousRuns(1, new Date(end))[0]?.getTime();
}
