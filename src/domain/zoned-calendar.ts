/**
 * What the calendar on the wall of an IANA zone shows at an instant, and back. Local readings ("wall") are held as the
 * milliseconds that UTC would show the same reading at, so that plain UTC arithmetic on them is calendar arithmetic.
 */
import { DAY, HOUR, MINUTE, SECOND } from "./instant.ts";
import type { Instant } from "./instant.ts";
import type { CalendarDuration } from "./retention.ts";

type Wall = number;

export interface ZonedCalendar {
  /** `2026-10-25T02+02:00`: the offset tells the two hours apart that share a name when clocks go back. */
  hourOf(instant: Instant): string;
  /** `2026-11-20`. */
  dayOf(instant: Instant): string;
  /** ISO 8601 week, `2026-W53`: the year is the one that the week's Thursday lies in. */
  weekOf(instant: Instant): string;
  /** `2026-11`. */
  monthOf(instant: Instant): string;
  /** `2026`. */
  yearOf(instant: Instant): string;
  /**
   * The instant that shows the same reading years, months and days earlier (a day that the month lacks becomes its
   * last one), less the rest as elapsed time. Where the reading exists twice or not at all, the earlier candidate.
   */
  minus(instant: Instant, duration: CalendarDuration): Instant;
  /** The instants, earliest first, at which clocks show a reading: none or two where the offset changes. */
  instantsShowing(wall: Wall): Instant[];
}

/** Remembers what it read: make one for each piece of work. Throws a RangeError for a zone that is not known. */
export function zonedCalendar(timezone: string): ZonedCalendar {
  const format = formatFor(timezone);
  const walls = new Map<Instant, Wall>();
  const wallAt = (instant: Instant): Wall => {
    const wall = walls.get(instant) ?? readWall(format, instant);
    walls.set(instant, wall);
    return wall;
  };
  const iso = (instant: Instant): string => new Date(wallAt(instant)).toISOString();
  return {
    hourOf: (instant) => iso(instant).slice(0, 13) + offsetText(wallAt(instant) - instant),
    dayOf: (instant) => iso(instant).slice(0, 10),
    weekOf: (instant) => isoWeek(wallAt(instant)),
    monthOf: (instant) => iso(instant).slice(0, 7),
    yearOf: (instant) => iso(instant).slice(0, 4),
    minus: (instant, duration) => {
      const { years, months, days, milliseconds } = duration;
      if (years === 0 && months === 0 && days === 0) return instant - milliseconds;
      const wall = minusCalendar(wallAt(instant), years * 12 + months, days);
      return instantShowing(wall, wallAt) - milliseconds;
    },
    instantsShowing: (wall) => [...new Set(showing(wall, wallAt))].sort((a, b) => a - b),
  };
}

/** Minute of the day that clocks of the zone show, from 0 to 1439. */
export function minuteOfDay(timezone: string, instant: Instant): number {
  const wall = readWall(formatFor(timezone), instant);
  return Math.floor((((wall % DAY) + DAY) % DAY) / MINUTE);
}

/** A formatter costs a thousand times what a call of it costs; the zones of a process are few. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timezone, format);
  }
  return format;
}

function readWall(format: Intl.DateTimeFormat, instant: Instant): Wall {
  const fields = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const field = (type: Intl.DateTimeFormatPartTypes): number => fields.get(type) ?? NaN;
  const seconds = Date.UTC(
    field("year"),
    field("month") - 1,
    field("day"),
    field("hour"),
    field("minute"),
    field("second"),
  );
  return seconds + (((instant % SECOND) + SECOND) % SECOND);
}

/** The instant whose reading is `wall`: a change of the offset lies within a day of it, or does not matter. */
function instantShowing(wall: Wall, wallAt: (instant: Instant) => Wall): Instant {
  if (!Number.isFinite(wall)) return -Infinity;
  const found = showing(wall, wallAt);
  return Math.min(...(found.length > 0 ? found : candidatesFor(wall, wallAt)));
}

function showing(wall: Wall, wallAt: (instant: Instant) => Wall): Instant[] {
  return candidatesFor(wall, wallAt).filter((candidate) => wallAt(candidate) === wall);
}

function candidatesFor(wall: Wall, wallAt: (instant: Instant) => Wall): Instant[] {
  return [wall - DAY, wall + DAY].map((nearby) => wall - (wallAt(nearby) - nearby));
}

/** -Infinity when that is before the calendar's first year. */
function minusCalendar(wall: Wall, months: number, days: number): Wall {
  const date = new Date(wall);
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth() - months;
  const year = Math.floor(month / 12);
  if (year < 1) return -Infinity;
  const day = Math.min(date.getUTCDate(), daysIn(year, month - year * 12));
  date.setUTCFullYear(year, month - year * 12, day);
  const result = date.getTime() - days * DAY;
  return new Date(result).getUTCFullYear() >= 1 ? result : -Infinity;
}

function daysIn(year: number, month: number): number {
  const firstOfNext = new Date(0);
  firstOfNext.setUTCFullYear(year, month + 1, 0);
  return firstOfNext.getUTCDate();
}

function isoWeek(wall: Wall): string {
  const midnight = Math.floor(wall / DAY) * DAY;
  const weekday = (new Date(midnight).getUTCDay() + 6) % 7;
  const thursday = midnight + (3 - weekday) * DAY;
  const year = new Date(thursday).getUTCFullYear();
  const week = 1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY));
  return `${year}-W${String(week).padStart(2, "0")}`;
}

function offsetText(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE);
  const hours = Math.floor((minutes * MINUTE) / HOUR);
  return `${offset < 0 ? "-" : "+"}${twoDigits(hours)}:${twoDigits(minutes - hours * 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

export function isKnownZone(timezone: string): boolean {
  try {
    formatFor(timezone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
