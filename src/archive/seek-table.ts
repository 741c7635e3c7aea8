/**
 * The table at the end of a framed object, in zstd's seekable format: a skippable frame with the compressed size, the
 * decoded size and the checksum of every frame, so that any part is found without reading what is before it, and a frame
 * that stands in another one's place is told from its own.
 */

const SKIPPABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
const HEADER_BYTES = 8;
/** Two sizes; with checksums, which older objects do not have, four bytes more. */
const ENTRY_BYTES = 8;
const CHECKSUM_BYTES = 4;
const CHECKSUM_FLAG = 0x80;
/** Frame count, descriptor and magic: the object's last bytes. */
export const FOOTER_BYTES = 9;

export interface FrameSize {
  compressed: number;
  decoded: number;
  /** Of the content, as the frame itself carries it: see `checksumOf`. */
  checksum?: number | undefined;
}

/** The checksum that a zstd frame ends in: the low half of its content's XXH64, which is also what a seek table holds. */
export function checksumOf(frame: Uint8Array): number {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).readUInt32LE(
    frame.length - CHECKSUM_BYTES,
  );
}

/** Every frame has a checksum, or none has. */
export function encodeSeekTable(frames: readonly FrameSize[]): Buffer {
  const withChecksums = frames.every(({ checksum }) => checksum !== undefined);
  const table = Buffer.alloc(seekTableBytes(frames.length, withChecksums));
  table.writeUInt32LE(SKIPPABLE_MAGIC, 0);
  table.writeUInt32LE(table.length - HEADER_BYTES, 4);
  let at = HEADER_BYTES;
  for (const { compressed, decoded, checksum } of frames) {
    at = table.writeUInt32LE(compressed, at);
    at = table.writeUInt32LE(decoded, at);
    if (withChecksums) at = table.writeUInt32LE(checksum ?? 0, at);
  }
  table.writeUInt32LE(frames.length, at);
  table[at + 4] = withChecksums ? CHECKSUM_FLAG : 0;
  table.writeUInt32LE(SEEKABLE_MAGIC, at + 5);
  return table;
}

/** What a frame may hold, stored and decoded, and a table: bounds for what others wrote, far above what is ours. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const MAX_TABLE_BYTES = 64 * 1024 * 1024;

/** Bytes of the table that an object with that footer ends in, or why there can be none of ours. */
export function tableBytesIn(footer: Buffer, objectBytes: number): number | string {
  const bytes = seekTableBytesFrom(footer);
  if (bytes === undefined || bytes > objectBytes)
    return "it does not end in a seek table, so it was cut or damaged";
  return bytes > MAX_TABLE_BYTES ? "its seek table is larger than any of ours" : bytes;
}

/** Bytes of the whole table, read from the object's last FOOTER_BYTES; undefined when they are no footer of ours. */
export function seekTableBytesFrom(footer: Buffer): number | undefined {
  const valid = footer.length === FOOTER_BYTES && footer.readUInt32LE(5) === SEEKABLE_MAGIC;
  if (!valid || (footer[4] !== 0 && footer[4] !== CHECKSUM_FLAG)) return undefined;
  return seekTableBytes(footer.readUInt32LE(0), footer[4] === CHECKSUM_FLAG);
}

/** The frames of a whole table; undefined when its header does not agree with its length. */
export function decodeSeekTable(table: Buffer): FrameSize[] | undefined {
  const frames = FrameTable.decode(table);
  return frames && Array.from({ length: frames.count }, (_, number) => frames.at(number));
}

/** The frames of a whole table, read from its bytes each time: there may be millions. */
export class FrameTable {
  readonly count: number;
  readonly hasChecksums: boolean;
  readonly #table: Buffer;
  readonly #entryBytes: number;

  private constructor(table: Buffer) {
    this.#table = table;
    this.hasChecksums = table[table.length - 5] === CHECKSUM_FLAG;
    this.#entryBytes = ENTRY_BYTES + (this.hasChecksums ? CHECKSUM_BYTES : 0);
    this.count = (table.length - HEADER_BYTES - FOOTER_BYTES) / this.#entryBytes;
  }

  /** Undefined when the table's header does not agree with its length. */
  static decode(table: Buffer): FrameTable | undefined {
    const isWhole =
      table.readUInt32LE(0) === SKIPPABLE_MAGIC && table.readUInt32LE(4) === table.length - HEADER_BYTES;
    return isWhole ? new FrameTable(table) : undefined;
  }

  at(number: number): FrameSize {
    const at = HEADER_BYTES + number * this.#entryBytes;
    return {
      compressed: this.#table.readUInt32LE(at),
      decoded: this.#table.readUInt32LE(at + 4),
      checksum: this.hasChecksums ? this.#table.readUInt32LE(at + ENTRY_BYTES) : undefined,
    };
  }

  /** As `decode`, or why these cannot be the frames of an object of that size. */
  static ofObject(table: Buffer, objectBytes: number): FrameTable | string {
    const doesNotFit = "its seek table does not fit its size";
    const frames = FrameTable.decode(table);
    if (frames === undefined) return doesNotFit;
    let stored = table.length;
    for (let number = 0; number < frames.count; number += 1) {
      const { compressed, decoded } = frames.at(number);
      stored += compressed;
      if (Math.max(compressed, decoded) > MAX_FRAME_BYTES)
        return "its seek table tells of a frame larger than any of ours";
    }
    return stored === objectBytes ? frames : doesNotFit;
  }
}

/** True for the bytes of exactly one whole seek table. */
export function isSeekTable(bytes: Buffer): boolean {
  const isLongEnough =
    bytes.length >= HEADER_BYTES + FOOTER_BYTES && bytes.readUInt32LE(0) === SKIPPABLE_MAGIC;
  return isLongEnough && seekTableBytesFrom(bytes.subarray(-FOOTER_BYTES)) === bytes.length;
}

function seekTableBytes(frameCount: number, withChecksums: boolean): number {
  const entry = ENTRY_BYTES + (withChecksums ? CHECKSUM_BYTES : 0);
  return HEADER_BYTES + frameCount * entry + FOOTER_BYTES;
}
