/**
 * Reads a DuckDB write-ahead log as it streams by, in a few hundred bytes of memory, for the one thing a capture must know of
 * it: whether it holds the record that a checkpoint writes when it begins.
 *
 * The log (version 2, of DuckDB 0.10 and later): a version record, which is fields of u16 ids with variable-length integers,
 * ended by 0xFFFF; then records, each u64 size, u64 checksum and a payload that begins with field 100, the record's type.
 */
import { LONGEST_VERSION_RECORD, readVersionRecord } from "./version-record.ts";

/**
 * - `clear`: no checkpoint has begun; a torn last record, which a replay ignores, is passed over.
 * - `checkpoint`: one has begun, or its record is just being written.
 * - `encrypted`: only who has the key can tell.
 * - `unknown`: not a log as we know it.
 */
export type WalState = "clear" | "checkpoint" | "encrypted" | "unknown";

const VERSION = 2;
const ENCRYPTED_VERSION = 3;

const FIELD_TYPE = 100;

const TYPE_CHECKPOINT = 99;

/** Size, checksum, and of the payload the id of its first field and the type. */
const RECORD_START = 8 + 8 + 2 + 1;

export class WalScan {
  #kept: Buffer = Buffer.alloc(0);
  /** Bytes of the current record that are still to be passed over. */
  #ahead = 0;
  #isVersionRead = false;
  #found: WalState | undefined;

  /** The next bytes of the log. */
  push(chunk: Buffer): void {
    for (let at = 0; this.#found === undefined && at < chunk.length;) at = this.#step(chunk, at);
  }

  /** Of all that was pushed, as if the log ended here. */
  get state(): WalState {
    return this.#found ?? "clear";
  }

  /** Gives where the next one begins. */
  #step(chunk: Buffer, at: number): number {
    if (this.#ahead > 0) {
      const passed = Math.min(this.#ahead, chunk.length - at);
      this.#ahead -= passed;
      return at + passed;
    }
    // Nearly all records begin within one chunk, and a log may have hundreds of thousands of them.
    if (this.#isVersionRead && this.#kept.length === 0 && at + RECORD_START <= chunk.length) {
      this.#readRecord(chunk, at);
      return at + RECORD_START;
    }
    return this.#stepOver(chunk, at);
  }

  /** What it reads may have begun in earlier chunks, and may end in later ones. */
  #stepOver(chunk: Buffer, at: number): number {
    const kept = this.#kept.length;
    const wanted = this.#isVersionRead ? RECORD_START : LONGEST_VERSION_RECORD;
    const start = Buffer.concat([this.#kept, chunk.subarray(at, at + wanted - kept)]);
    const used = this.#isVersionRead ? this.#readWhole(start) : this.#readVersion(start);
    this.#kept = used === undefined ? start : Buffer.alloc(0);
    return at + (used ?? start.length) - kept;
  }

  /** Gives how much of the record's start was used, or undefined where more bytes are needed. */
  #readWhole(start: Buffer): number | undefined {
    if (start.length < RECORD_START) return undefined;
    this.#readRecord(start, 0);
    return RECORD_START;
  }

  /** Gives the length of the record, or undefined where more bytes are needed. */
  #readVersion(start: Buffer): number | undefined {
    const read = readVersionRecord(start);
    if (read === "more") {
      if (start.length >= LONGEST_VERSION_RECORD) this.#found = "unknown";
      return undefined;
    }
    if (read === "unknown" || read.version !== VERSION) {
      this.#found = read !== "unknown" && read.version === ENCRYPTED_VERSION ? "encrypted" : "unknown";
      return start.length;
    }
    this.#isVersionRead = true;
    return read.length;
  }

  #readRecord(bytes: Buffer, at: number): void {
    const size = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
    if (bytes.readUInt16LE(at + 16) !== FIELD_TYPE || size < 3) this.#found = "unknown";
    else if (bytes[at + 18] === TYPE_CHECKPOINT) this.#found = "checkpoint";
    else this.#ahead = size - 3;
  }
}
