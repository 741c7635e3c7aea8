/** What a channel is told, and when. */
import { conditionOf, type AlertMessage, type Condition } from "./alerts.ts";
import { HOUR, type Instant, type Milliseconds } from "./instant.ts";

export interface ChannelRules {
  /** The least that it is told. */
  severity: "warning" | "critical";
  /** Undefined: all. What is about no job in particular is told in any case. */
  jobs: readonly string[] | undefined;
  /** Undefined: all, and what is about none. */
  conditions: readonly Condition[] | undefined;
  /** In which it is told nothing, or only what is critical. */
  quiet: QuietHours | undefined;
  maxPerHour: number | undefined;
}

/** In minutes of the day; from `from` up to, not including, `to`, through midnight where that comes first. */
export interface QuietHours {
  from: number;
  to: number;
  lets: "critical" | "nothing";
}

export const EVERYTHING: ChannelRules = {
  severity: "warning",
  jobs: undefined,
  conditions: undefined,
  quiet: undefined,
  maxPerHour: undefined,
};

/** A channel that is broken is not told so at once, but tried with each repetition: that is how it is noticed that it works again. */
export function takes(
  { severity, jobs, conditions }: ChannelRules,
  channel: string,
  { problem, event }: Pick<AlertMessage, "problem" | "event">,
): boolean {
  const condition = conditionOf({ problem, event });
  if (problem.channel === channel) return event !== "firing";
  return (
    (severity === "warning" || problem.severity === "critical") &&
    (jobs === undefined || problem.job === undefined || jobs.includes(problem.job)) &&
    (conditions === undefined || (condition !== undefined && conditions.includes(condition)))
  );
}

/** Whether a message waits for the end of the quiet hours. `minute` of the day in the stack's zone. */
export function waitsInQuiet(
  { quiet }: ChannelRules,
  { event, problem }: Pick<AlertMessage, "event" | "problem">,
  minute: number,
): boolean {
  if (quiet === undefined || event === "test") return false;
  const isNews = event !== "resolved" && event !== "digest";
  if (quiet.lets === "critical" && problem.severity === "critical" && isNews) return false;
  const { from, to } = quiet;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

export const RATE_WINDOW: Milliseconds = HOUR;

/** How many more messages a channel may be sent now. What a clock that was set back leaves in the future does not count. */
export function roomNow({ maxPerHour }: ChannelRules, sent: readonly Instant[], now: Instant): number {
  return maxPerHour === undefined ? Infinity : maxPerHour - recentOf(sent, now).length;
}

export function recentOf(sent: readonly Instant[], now: Instant): Instant[] {
  return sent.filter((at) => at <= now && at > now - RATE_WINDOW);
}

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d) ?- ?([01]\d|2[0-3]):([0-5]\d)$/;

/** `22:00-07:00`; undefined for anything else. */
export function parseQuietHours(text: string): { from: number; to: number } | undefined {
  const [, ...numbers] = WINDOW.exec(text.trim()) ?? [];
  const [hour = NaN, minute = NaN, toHour = NaN, toMinute = NaN] = numbers.map(Number);
  const [from, to] = [hour * 60 + minute, toHour * 60 + toMinute];
  return Number.isNaN(from) || from === to ? undefined : { from, to };
}
