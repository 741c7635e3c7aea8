/** The record that a DuckDB write-ahead log begins with: fields of u16 ids with variable-length integers, ended by 0xFFFF. */

const FIELD_TYPE = 100;
const FIELD_VERSION = 101;
const FIELD_DATABASE = 102;
const FIELD_ITERATION = 103;
const END_OF_FIELDS = 0xffff;

const TYPE_VERSION = 98;

/** One with a database id of 16 bytes, each of up to 2, takes less. */
export const LONGEST_VERSION_RECORD = 128;

export interface VersionRecord {
  length: number;
  version: number;
}

/** `more` where it does not end within the bytes; `unknown` where it is not such a record. */
export function readVersionRecord(bytes: Buffer): VersionRecord | "more" | "unknown" {
  const fields = new FieldReader(bytes);
  let version = 0;
  for (let count = 0; count < LONGEST_VERSION_RECORD / 2; count++) {
    const id = fields.id();
    if (id === undefined) return "more";
    if (id === END_OF_FIELDS) return { length: fields.at, version };
    const value = fields.integer();
    if (value === undefined) return "more";
    if (id === FIELD_TYPE ? value !== TYPE_VERSION : !isKnownField(id)) return "unknown";
    if (id === FIELD_VERSION) version = value;
    if (id === FIELD_DATABASE && !fields.pass(value)) return "more";
  }
  return "unknown";
}

function isKnownField(id: number): boolean {
  return id === FIELD_VERSION || id === FIELD_DATABASE || id === FIELD_ITERATION;
}

/** Each call gives undefined, or false, where the bytes end before what it reads. */
class FieldReader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  id(): number | undefined {
    if (this.at + 2 > this.#bytes.length) return undefined;
    this.at += 2;
    return this.#bytes.readUInt16LE(this.at - 2);
  }

  /** Seven bits a byte, the lowest first; all but the last byte have their highest bit set. */
  integer(): number | undefined {
    for (let value = 0, scale = 1; this.at < this.#bytes.length; scale *= 128) {
      const byte = this.#bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  /** A list's elements. */
  pass(count: number): boolean {
    for (let passed = 0; passed < count; passed++) if (this.integer() === undefined) return false;
    return true;
  }
}
