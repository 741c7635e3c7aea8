/** How many bytes a second may pass to and from a store, by the time of day: `20MiB/s`, or a map of windows such as `08:00-18:00`. */
import { parseSize } from "./size.ts";

/** Bytes a second; undefined: as many as go. */
export type Rate = number | undefined;

export interface RateLimit {
  windows: readonly RateWindow[];
  /** Outside of all windows. */
  otherwise: Rate;
}

/** In minutes of the day; from `from` up to, not including, `to`, through midnight where that comes first. */
interface RateWindow {
  from: number;
  to: number;
  rate: Rate;
}

/** As a config file says it. */
export type RateText = string | Readonly<Record<string, string>>;

/** A chunk takes a minute then: with less, a store would look as if it had stalled. */
export const LEAST_RATE = 100_000;

export const RATE_FORMS = `20MiB/s, 500kB/s, or windows of the day with their rates such as {"08:00-18:00": 5MiB/s, otherwise: unlimited}`;

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d) ?- ?([01]\d|2[0-3]|24(?=:00$)):([0-5]\d)$/;
const OTHERWISE = "otherwise";
const UNLIMITED = "unlimited";

/** Throws an Error that says why it is none. The first window that holds counts. */
export function parseRateLimit(text: RateText): RateLimit {
  if (typeof text === "string") return { windows: [], otherwise: parseRate(text) };
  const windows = Object.entries(text).filter(([name]) => name !== OTHERWISE);
  const otherwise = text[OTHERWISE];
  return {
    windows: windows.map(([name, rate]) => parseWindow(name, rate)),
    otherwise: otherwise === undefined ? undefined : parseRate(otherwise),
  };
}

/** `minute` of the day, from 0 to 1439. */
export function rateAt({ windows, otherwise }: RateLimit, minute: number): Rate {
  const holds = ({ from, to }: RateWindow): boolean =>
    from < to ? minute >= from && minute < to : minute >= from || minute < to;
  const window = windows.find(holds);
  return window === undefined ? otherwise : window.rate;
}

function parseWindow(name: string, rate: string): RateWindow {
  const [, ...numbers] = WINDOW.exec(name) ?? [];
  const [hour = NaN, minute = NaN, toHour = NaN, toMinute = NaN] = numbers.map(Number);
  const [from, to] = [hour * 60 + minute, toHour * 60 + toMinute];
  if (Number.isNaN(from)) throw new Error(`${name} is no window of the day such as 08:00-18:00`);
  if (from === to) throw new Error(`${name} ends where it begins`);
  return { from, to, rate: parseRate(rate) };
}

function parseRate(text: string): Rate {
  if (text.trim() === UNLIMITED) return undefined;
  const [, size = ""] = /^(.*?) ?\/ ?s$/.exec(text.trim()) ?? [];
  const rate = parseSize(size.trim());
  if (rate === undefined) throw new Error(`${text} is no rate such as 20MiB/s`);
  if (rate < LEAST_RATE) throw new Error(`${text} is less than 100kB/s`);
  return rate;
}
