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

/** Bytes of the whole table, read from the object's last FOOTER_BYTES; undefined when they are no footer of ours. */
export function seekTableBytesFrom(footer: Buffer): number | undefined {
  const valid = footer.length === FOOTER_BYTES && footer.readUInt32LE(5) === SEEKABLE_MAGIC;
  if (!valid || (footer[4] !== 0 && footer[4] !== CHECKSUM_FLAG)) return undefined;
  return seekTableBytes(footer.readUInt32LE(0), footer[4] === CHECKSUM_FLAG);
}

/** The frames of a whole table; undefined when its header does not agree with its length. */
export function decodeSeekTable(table: Buffer): FrameSize[] | undefined {
  if (table.readUInt32LE(0) !== SKIPPABLE_MAGIC) return undefined;
  if (table.readUInt32LE(4) !== table.length - HEADER_BYTES) return undefined;
  const withChecksums = table[table.length - 5] === CHECKSUM_FLAG;
  const entry = ENTRY_BYTES + (withChecksums ? CHECKSUM_BYTES : 0);
  const frames: FrameSize[] = [];
  for (let at = HEADER_BYTES; at < table.length - FOOTER_BYTES; at += entry) {
    frames.push({
      compressed: table.readUInt32LE(at),
      decoded: table.readUInt32LE(at + 4),
      checksum: withChecksums ? table.readUInt32LE(at + ENTRY_BYTES) : undefined,
    });
  }
  return frames;
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
