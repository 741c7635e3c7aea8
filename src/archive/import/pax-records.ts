/** The records of a pax header (POSIX.1-2008, pax): `"<length> key=value\n"`, the length counting all of it. */

/** Values as byte strings; an empty one takes back what a global header said. */
export type PaxRecords = ReadonlyMap<string, string>;

const NANOSECONDS = 1_000_000_000n;

/** Of form 0.0 of GNU's sparse files, whose records come once for each part. */
const REPEATED: ReadonlySet<string> = new Set(["GNU.sparse.offset", "GNU.sparse.numbytes"]);
/** Where those are kept, as form 0.1 has them: all in one, separated by commas. */
export const SPARSE_MAP = "GNU.sparse.map";

/** Undefined when the bytes are not exactly such records. */
export function parsePaxRecords(bytes: Buffer): PaxRecords | undefined {
  const records = new Map<string, string>();
  const repeated: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? "" : bytes.toString("latin1", at, Math.min(space, at + 8));
    if (!/^[1-9]\d{0,6}$/.test(digits)) return undefined;
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    if (end > bytes.length || bytes[end - 1] !== 0x0a || equals === -1 || equals >= end) return undefined;
    if (equals === space + 1) return undefined;
    const key = bytes.toString("latin1", space + 1, equals);
    const value = bytes.toString("latin1", equals + 1, end - 1);
    if (REPEATED.has(key)) repeated.push(value);
    else records.set(key, value);
    at = end;
  }
  if (repeated.length > 0) records.set(SPARSE_MAP, repeated.join(","));
  return records;
}

/** Seconds with any number of decimals, as nanoseconds. */
export function parsePaxTime(text: string): bigint | undefined {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, seconds, fraction = ""] = match;
  const magnitude = BigInt(seconds ?? "0") * NANOSECONDS + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

export function parsePaxNumber(text: string): bigint | undefined {
  return /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
