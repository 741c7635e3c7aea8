/** Times as people type them on a command line: ISO 8601, in full, so that no two people read the same text as two times. */
import { HoldfastError } from "./errors.ts";
import { HOUR, MINUTE, SECOND, type Instant } from "./instant.ts";
import { zonedCalendar } from "./zoned-calendar.ts";

const PATTERN =
  /^(?<date>\d{4}-\d\d-\d\d)[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?)?(?<zone>Z|[+-]\d\d(?::?\d\d)?)?$/;

/**
 * Date and time, down to the minute at least; without an offset what clocks in the zone show. Throws `usage` for anything else,
 * for a day or time that does not exist, and for one that exists twice because clocks go back.
 */
export function parseIsoTime(text: string, timezone: string): Instant {
  const fields = PATTERN.exec(text)?.groups;
  const wall = fields === undefined ? undefined : wallOf(fields);
  if (fields === undefined || wall === undefined) throw notATime(text);
  const { zone } = fields;
  if (zone !== undefined) {
    const offset = offsetOf(zone);
    if (offset === undefined) throw notATime(text);
    return wall - offset;
  }
  return instantIn(text, wall, timezone);
}

/** The milliseconds at which UTC shows the same; undefined for a day or time that no calendar has. */
function wallOf({ date, hour, minute, second, fraction }: Record<string, string>): number | undefined {
  const day = Date.parse(`${date}T00:00:00Z`);
  // Date.parse reads 31 February as 3 March.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const milliseconds = Math.trunc(Number(`0.${fraction ?? 0}`) * SECOND);
  return day + h * HOUR + m * MINUTE + s * SECOND + milliseconds;
}

function offsetOf(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const digits = zone.replace(/\D/g, "").padEnd(4, "0");
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours > 18 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}

function instantIn(text: string, wall: number, timezone: string): Instant {
  const calendar = zonedCalendar(timezone);
  const [first, second] = calendar.instantsShowing(wall);
  const what = `Reading the time ${text}`;
  if (first === undefined) {
    const why = `there is no such time in ${timezone}, where clocks go forward over it`;
    throw new HoldfastError("usage", { what, why, next: "give a time before or after that" });
  }
  if (second === undefined) return first;
  const offsets = [first, second].map((instant) => calendar.hourOf(instant).slice(13));
  const why = `it comes twice in ${timezone}, where clocks go back`;
  throw new HoldfastError("usage", {
    what,
    why,
    next: `write which one: ${text}${offsets.join(` or ${text}`)}`,
  });
}

function notATime(text: string): HoldfastError {
  return new HoldfastError("usage", {
    what: `Reading the time ${text}`,
    why: "it is not a date and a time in ISO 8601",
    next: "write it as 2026-11-20T03:00, in the job's zone, or with one, as 2026-11-20T03:00:00Z or 2026-11-20T03:00+01:00",
  });
}
