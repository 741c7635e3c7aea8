/**
 * Finds what DuckDB passes over in silence when it replays a write-ahead log: a log that does not begin as one, all of which it
 * ignores, and a record whose size is wrong, which it takes, with all that follows, for the torn end that a killed writer
 * leaves. All else of a log has checksums that the replay verifies. Of an encrypted log, only the beginning is looked at.
 */
import { open, type FileHandle } from "node:fs/promises";

import { LONGEST_VERSION_RECORD, readVersionRecord } from "../version-record.ts";
import { BUFFER_SIZE, checksumBuffer, checksumOfRest, SEED, type ChecksumBuffer } from "./block-checksum.ts";

/** The id of the record's type, that type, and the id of the version. */
const BEGINNING = Buffer.from([100, 0, 98, 101, 0]);
const NEWEST_VERSION = 3;
const VERSION_WITH_CHECKSUMS = 2;
/** A record's size and checksum. */
const RECORD_HEADER = 16;
const WINDOW = 1024 ** 2;

/** Why it is damaged, as a clause; undefined where nothing says so, or where there is no log. */
export async function checkWal(path: string, signal: AbortSignal): Promise<string | undefined> {
  const file = await opened(path);
  try {
    return file && (await problemOf(file, signal));
  } finally {
    await file?.close();
  }
}

async function problemOf(file: FileHandle, signal: AbortSignal): Promise<string | undefined> {
  const { size } = await file.stat();
  const start = Buffer.alloc(Math.min(size, LONGEST_VERSION_RECORD));
  await file.read(start, 0, start.length, 0);
  if (!start.subarray(0, BEGINNING.length).equals(BEGINNING.subarray(0, size))) return NOT_A_LOG;
  // DuckDB itself says that it is newer.
  if ((start[BEGINNING.length] ?? 0) > NEWEST_VERSION) return undefined;
  const read = readVersionRecord(start);
  // A writer that was killed as it began.
  if (read === "more" && size < LONGEST_VERSION_RECORD) return undefined;
  if (typeof read === "string") return NOT_A_LOG;
  return read.version === VERSION_WITH_CHECKSUMS
    ? problemOfRecords(file, read.length, size, signal)
    : undefined;
}

const NOT_A_LOG = "its write-ahead log does not begin as one, so that all commits in it would be ignored";

async function problemOfRecords(
  file: FileHandle,
  first: number,
  size: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const window = new Window(file, size);
  for (let at = first; at + RECORD_HEADER <= size;) {
    signal.throwIfAborted();
    const header = await window.at(at);
    const length = header.readBigUInt64LE(0);
    const left = size - at - RECORD_HEADER;
    if (length > BigInt(left)) {
      const isFlipped = await hasFlippedSize(file, { at, length, left, checksum: header.readBigUInt64LE(8) });
      return isFlipped
        ? `the size of the record at byte ${at} of its write-ahead log is wrong, so that it and all after it would be ignored`
        : undefined;
    }
    at += RECORD_HEADER + Number(length);
  }
  return undefined;
}

/** Headers of records that follow one another closely are read at once. */
class Window {
  readonly #file: FileHandle;
  readonly #size: number;
  #from = 0;
  #bytes = Buffer.alloc(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async at(position: number): Promise<Buffer> {
    if (position < this.#from || position + RECORD_HEADER > this.#from + this.#bytes.length) {
      const length = Math.min(WINDOW, this.#size - position);
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, position);
      this.#from = position;
      this.#bytes = buffer.subarray(0, bytesRead);
    }
    return this.#bytes.subarray(position - this.#from, position - this.#from + RECORD_HEADER);
  }
}

interface EndlessRecord {
  at: number;
  length: bigint;
  left: number;
  checksum: bigint;
}

/** With one bit of it the other way round, the record ends within the log and has the checksum that it should: it is not torn. */
async function hasFlippedSize(
  file: FileHandle,
  { at, length, left, checksum }: EndlessRecord,
): Promise<boolean> {
  const buffer = checksumBuffer();
  for (let bit = 0n; bit < 64n; bit++) {
    const other = length ^ (1n << bit);
    if (other === 0n || other > BigInt(left)) continue;
    const found = await checksumOf(file, buffer, at + RECORD_HEADER, Number(other));
    if (found === checksum) return true;
  }
  return false;
}

async function checksumOf(
  file: FileHandle,
  buffer: ChecksumBuffer,
  from: number,
  length: number,
): Promise<bigint> {
  let sum = SEED;
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(buffer.bytes, 0, Math.min(BUFFER_SIZE, length - done), from + done);
    if (bytesRead === 0) break;
    const whole = bytesRead - (bytesRead % 8);
    if (whole > 0) sum ^= buffer.checksum(0, whole) ^ SEED;
    if (whole < bytesRead) sum ^= checksumOfRest(buffer.bytes.subarray(whole, bytesRead));
    done += bytesRead;
  }
  return sum;
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
