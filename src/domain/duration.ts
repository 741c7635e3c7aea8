/** Lengths of time as people write them in a config: `90s`, `26h`, `1h30m`. */
import { DAY, HOUR, MINUTE, SECOND } from "./instant.ts";
import type { Milliseconds } from "./instant.ts";

/** For messages about a duration that was not understood. */
export const DURATION_FORMS = "90s, 15m, 26h, 1h30m, 2d or 1w";

/** Largest first, as they must be written. */
const UNITS: readonly (readonly [unit: string, length: Milliseconds])[] = [
  ["w", 7 * DAY],
  ["d", DAY],
  ["h", HOUR],
  ["m", MINUTE],
  ["s", SECOND],
  ["ms", 1],
];

const PATTERN = new RegExp(`^${UNITS.map(([unit]) => `(?:(\\d+)${unit})?`).join("")}$`);

/** Whole numbers with units, each unit once, largest first; `0` needs none. Undefined: not a duration. */
export function parseDuration(text: string): Milliseconds | undefined {
  if (text === "0") return 0;
  const amounts = text === "" ? null : PATTERN.exec(text);
  if (amounts === null) return undefined;
  const total = UNITS.reduce((sum, [, length], index) => sum + Number(amounts[index + 1] ?? 0) * length, 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** Text that `parseDuration` reads back as the same length: one unit where it divides (`26h`), else several. */
export function writeDuration(duration: Milliseconds): string {
  const single = UNITS.find(
    ([, length]) => duration > 0 && duration % length === 0 && duration / length < 100,
  );
  if (single !== undefined) return `${duration / single[1]}${single[0]}`;
  let rest = duration;
  const parts = UNITS.map(([unit, length]) => {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    return amount === 0 ? "" : `${amount}${unit}`;
  });
  return parts.join("") || "0s";
}
