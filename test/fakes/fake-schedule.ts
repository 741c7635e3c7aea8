/** Schedules for tests: every n milliseconds from the epoch, or a given list of instants. */
import type { Schedule } from "../../src/domain/schedule.ts";

export function everyMs(interval: number): Schedule {
  return {
    expression: `every ${interval} ms`,
    timezone: "UTC",
    next: (after) => (Math.floor(after / interval) + 1) * interval,
    previous: (atOrBefore) => Math.floor(atOrBefore / interval) * interval,
  };
}

/** Due at the instants given, in ascending order. */
export function dueAt(instants: readonly number[]): Schedule {
  return {
    expression: "at given instants",
    timezone: "UTC",
    next: (after) => instants.find((instant) => instant > after),
    previous: (atOrBefore) => instants.findLast((instant) => instant <= atOrBefore),
  };
}
