/** Times of files as decimal seconds with nine decimals, `1763715927.123456789`, exact to the nanosecond. */

const NANOSECONDS = 1_000_000_000n;
const PATTERN = /^(-?)(\d{1,18})\.(\d{9})$/;

export function formatTimestamp(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? "-" : "";
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const digits = String(magnitude).padStart(10, "0");
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** Nanoseconds since 1970; undefined when the text is not a timestamp of ours. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, seconds, fraction] = match;
  const magnitude = BigInt(seconds ?? "0") * NANOSECONDS + BigInt(fraction ?? "0");
  return sign === "-" ? -magnitude : magnitude;
}

/** Whether the text is one that parseTimestamp reads. */
export function isTimestamp(text: string): boolean {
  return PATTERN.test(text);
}
