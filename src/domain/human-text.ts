/** Sizes and durations as people read them; the inverse (parsing what people write) is in size.ts and duration.ts. */
import { DAY, HOUR, MINUTE, SECOND, type Milliseconds } from "./instant.ts";

const SIZE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `0 B`, `512 B`, `1.5 MB`: powers of 1000, three significant digits at most. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < SIZE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1);
  return `${text} ${SIZE_UNITS[unit]}`;
}

/** `1 file`, `3 files`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const DURATION_UNITS: [Milliseconds, string][] = [
  [DAY, "d"],
  [HOUR, "h"],
  [MINUTE, "min"],
  [SECOND, "s"],
];

/** The two largest units: `3 d 4 h`, `5 min 2 s`, `1 s`; below a second `350 ms`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration < 0) return `-${formatDuration(-duration)}`;
  if (duration < SECOND) return `${Math.round(duration)} ms`;
  const first = DURATION_UNITS.findIndex(([unit]) => duration >= unit);
  const [unit, name] = DURATION_UNITS[first] ?? [SECOND, "s"];
  const whole = Math.floor(duration / unit);
  const [nextUnit, nextName] = DURATION_UNITS[first + 1] ?? [unit, name];
  const rest = Math.floor((duration % unit) / nextUnit);
  return rest === 0 || nextUnit === unit ? `${whole} ${name}` : `${whole} ${name} ${rest} ${nextName}`;
}
