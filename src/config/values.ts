/** The single values of a config: text as people write it, parsed into the types of the domain. */
import { z } from "zod";
import { isAgeRecipient } from "../domain/age-recipient.ts";
import { CALENDAR_DURATION_FORMS, parseCalendarDuration } from "../domain/calendar-duration.ts";
import { DURATION_FORMS, parseDuration } from "../domain/duration.ts";
import { messageOf } from "../domain/errors.ts";
import { parseShare, SHARE_FORMS } from "../domain/share.ts";
import { parseRateLimit, RATE_FORMS } from "../domain/rate-limit.ts";
import { parseSize, SIZE_FORMS } from "../domain/size.ts";
import { parseSchedule, SCHEDULE_FORMS } from "./cron.ts";

/** A value that `parse` reads; it answers undefined, or throws an Error that says why, for one that it cannot. */
function parsed<T>(expected: string, parse: (value: unknown) => T | undefined) {
  const schema = z.unknown().transform((value, context): T => {
    let why = "";
    try {
      const result = parse(value);
      if (result !== undefined) return result;
    } catch (error) {
      why = messageOf(error);
    }
    context.addIssue({ code: "custom", message: why });
    return z.NEVER;
  });
  return schema.meta({ expected });
}

/** Numbers may be written as text, because that is what a `${VARIABLE}` gives. */
function asText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
}

export const Duration = parsed(`a duration such as ${DURATION_FORMS}`, (value) =>
  parseDuration(asText(value)),
);

export const PositiveDuration = parsed(`a duration above zero such as ${DURATION_FORMS}`, (value) => {
  return parseDuration(asText(value)) || undefined;
});

export const CalendarLength = parsed(`a calendar duration such as ${CALENDAR_DURATION_FORMS}`, (value) =>
  parseCalendarDuration(asText(value)),
);

/** As it was written. */
export const BandwidthLimit = parsed(`a rate such as ${RATE_FORMS}`, (value) => {
  const text = isTextMap(value) ? mapValues(value) : asText(value);
  parseRateLimit(text);
  return text;
});

function isTextMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(map: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, asText(value)]));
}

export const Size = parsed(`a size such as ${SIZE_FORMS}`, (value) => parseSize(asText(value)));

export function wholeNumber(least: number, most: number, expected: string) {
  return parsed(expected, (value) => {
    const text = asText(value);
    const number = /^-?\d+$/.test(text) ? Number(text) : NaN;
    return number >= least && number <= most ? number : undefined;
  });
}

export const Percent = parsed("a percentage from 0 to 99 such as 10%", (value) => {
  const match = /^(\d{1,2}(?:\.\d+)?) ?%?$/.exec(asText(value));
  return match === null ? undefined : Number(match[1]);
});

/** Of 1. */
export const Share = parsed(SHARE_FORMS, (value) => parseShare(asText(value)));

/** As it was written. */
export const Pattern = parsed("a regular expression", (value) => {
  const text = asText(value);
  if (text === "") throw new Error("that matches everything");
  void new RegExp(text);
  return text;
});

/** A cron expression as it was written; `manual` for none. Its zone is known only when the job is put together. */
export const ScheduleText = parsed(SCHEDULE_FORMS, (value) => {
  const text = asText(value);
  if (text === "manual") return text;
  if (parseSchedule(text, "UTC").next(0) === undefined) throw new Error("that never comes");
  return text;
});

/** When a point holds everything: each time, in the first run of each week, or in the first after a cron expression is due. */
export const FullText = parsed('weekly, always, or cron fields such as "0 0 1 * *"', (value) => {
  const text = asText(value);
  if (text === "always" || text === "weekly") return text;
  if (parseSchedule(text, "UTC").next(0) === undefined) throw new Error("that never comes");
  return text;
});

/** Offsets such as `+01:00` are refused: they know no summer time. */
export const Zone = parsed("an IANA time zone such as UTC or Europe/Prague", (value) => {
  const text = asText(value);
  return /^[A-Za-z]/.test(text) && isZone(text) ? text : undefined;
}).meta({ suggest: () => Intl.supportedValuesOf("timeZone") });

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

export interface ListenAddress {
  host: string;
  port: number;
}

/** Where a daemon listens that nobody has told where. */
export const DEFAULT_LISTEN: ListenAddress = { host: "0.0.0.0", port: 9219 };

/** `host:port`, `[v6]:port`, `:port` or a port alone, which both mean every IPv4 address; `false` for no server. */
export const Listen = parsed('an address such as "0.0.0.0:9219" or ":9219", or false', (value) => {
  if (value === false || value === "false") return false;
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([\w.-]*)):)?(\d{1,5})$/.exec(asText(value));
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] || match[2] || "0.0.0.0", port } satisfies ListenAddress;
});

/** Only kinds that need no plugin to encrypt to. */
export const AgeRecipient = parsed(
  "an age recipient, age1… as `age-keygen` or `holdfast key new` prints it",
  (value) => {
    const text = asText(value);
    if (isAgeRecipient(text)) return text;
    throw new Error(text.startsWith("AGE-SECRET-KEY-") ? "that is an identity, which is secret" : "");
  },
);

export const AbsolutePath = z
  .string()
  .regex(/^\/[^\0]*$/)
  .meta({ expected: "an absolute path" });

export const JobName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/)
  .meta({ expected: "a job name of up to 63 lowercase letters, digits, _, . and -" });

export const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/)
  .meta({ expected: "a name of up to 63 lowercase letters, digits, _ and -" });
