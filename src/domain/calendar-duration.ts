/** Calendar lengths as people write them in a retention policy: `14d`, `1y2m3d4h`. Here `m` is months. */
import type { CalendarDuration } from "./retention.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./instant.ts";

/** For messages about a calendar duration that was not understood. */
export const CALENDAR_DURATION_FORMS = "14d, 8w, 6m (months), 1y6m or 2d12h (minutes are min)";

/** The lookaheads: something must be there, and `m` is not read out of `min`. */
const PATTERN =
  /^(?=.)(?:(\d+)y)?(?:(\d+)m(?!in))?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)min)?(?:(\d+)s)?$/;

/** Whole numbers with units, each unit once, largest first. Undefined: not a calendar duration. */
export function parseCalendarDuration(text: string): CalendarDuration | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = Array.from({ length: 7 }, (_, index) =>
    Number(match[index + 1] ?? 0),
  ) as [number, number, number, number, number, number, number];
  const duration = {
    years,
    months,
    days: weeks * 7 + days,
    milliseconds: hours * HOUR + minutes * MINUTE + seconds * SECOND,
  };
  const roughly = (years * 12 + months) * 31 * DAY + duration.days * DAY + duration.milliseconds;
  return roughly <= LONGEST ? duration : undefined;
}

/** A thousand years: beyond use, and within what dates can be counted back by. */
const LONGEST = 1000 * 372 * DAY;

/** Text that `parseCalendarDuration` reads back as the same duration. */
export function writeCalendarDuration({ years, months, days, milliseconds }: CalendarDuration): string {
  const parts: [number, string][] = [
    [years, "y"],
    [months, "m"],
    [days, "d"],
    [Math.floor(milliseconds / HOUR), "h"],
    [Math.floor((milliseconds % HOUR) / MINUTE), "min"],
    [Math.floor((milliseconds % MINUTE) / SECOND), "s"],
  ];
  return parts.map(([amount, unit]) => (amount === 0 ? "" : `${amount}${unit}`)).join("") || "0d";
}
