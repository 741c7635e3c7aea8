/** Numbers of bytes as people write them in a config: `1MB` is 10^6, `1MiB` is 2^20, a bare number is bytes. */

/** For messages about a size that was not understood. */
export const SIZE_FORMS = "500kB, 1MB, 10GiB or a number of bytes";

const PREFIXES = ["", "k", "M", "G", "T", "P"];

/** `b` alone stands for bytes too; prefixes in any case, since `mb` can mean nothing else here. */
const PATTERN = /^(\d+(?:\.\d+)?) ?(?:([kmgtp]?)(i?)b)?$/i;

/** Bytes, rounded to whole ones. Undefined: not a size. */
export function parseSize(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, amount, prefix = "", binary = ""] = match;
  if (prefix === "" && binary !== "") return undefined;
  const power = PREFIXES.findIndex((known) => known.toLowerCase() === prefix.toLowerCase());
  const bytes = Math.round(Number(amount) * (binary === "" ? 1000 : 1024) ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Exact text that `parseSize` reads back as the same number, in the largest unit that divides it. */
export function writeSize(bytes: number): string {
  for (const power of [5, 4, 3, 2, 1]) {
    for (const [base, infix] of [
      [1024, "i"],
      [1000, ""],
    ] as const) {
      const unit = base ** power;
      const prefix = infix === "i" ? PREFIXES[power]?.toUpperCase() : PREFIXES[power];
      if (bytes > 0 && bytes % unit === 0) return `${bytes / unit}${prefix}${infix}B`;
    }
  }
  return `${bytes}B`;
}
