/** Schedules for tests that need no cron expression: what is due is listed or counted. */
import type { Instant, Milliseconds } from "../../src/domain/instant.ts";
import type { Schedule } from "../../src/domain/schedule.ts";

/** Due at exactly these instants, given in ISO 8601; none before the first or after the last. */
export function dueAt(...times: string[]): Schedule {
  const instants = times.map((time) => Date.parse(time)).sort((a, b) => a - b);
  return {
    expression: "listed",
    timezone: "UTC",
    next: (after) => instants.find((instant) => instant > after),
    previous: (atOrBefore) => instants.findLast((instant) => instant <= atOrBefore),
  };
}

/** Due at every multiple of the interval for which `applies` says so. */
export function every(interval: Milliseconds, applies: (due: Instant) => boolean = () => true): Schedule {
  const search = (from: Instant, step: Milliseconds) => {
    let due = from;
    while (!applies(due)) due += step;
    return due;
  };
  return {
    expression: `every ${interval} ms`,
    timezone: "UTC",
    next: (after) => search((Math.floor(after / interval) + 1) * interval, interval),
    previous: (atOrBefore) => search(Math.floor(atOrBefore / interval) * interval, -interval),
  };
}
