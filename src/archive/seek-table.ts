/**
 * The table at the end of a framed object, in zstd's seekable format: a skippable frame with the compressed and the
 * decoded size of every frame, so that any part is found without reading what is before it.
 */

const SKIPPABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
const HEADER_BYTES = 8;
const ENTRY_BYTES = 8;
/** Frame count, descriptor and magic: the object's last bytes. */
export const FOOTER_BYTES = 9;

export interface FrameSize {
  compressed: number;
  decoded: number;
}

export function encodeSeekTable(frames: readonly FrameSize[]): Buffer {
  const table = Buffer.alloc(seekTableBytes(frames.length));
  table.writeUInt32LE(SKIPPABLE_MAGIC, 0);
  table.writeUInt32LE(table.length - HEADER_BYTES, 4);
  frames.forEach(({ compressed, decoded }, i) => {
    table.writeUInt32LE(compressed, HEADER_BYTES + i * ENTRY_BYTES);
    table.writeUInt32LE(decoded, HEADER_BYTES + i * ENTRY_BYTES + 4);
  });
  const footer = table.length - FOOTER_BYTES;
  table.writeUInt32LE(frames.length, footer);
  table.writeUInt32LE(SEEKABLE_MAGIC, footer + 5);
  return table;
}

/** Bytes of the whole table, read from the object's last FOOTER_BYTES; undefined when they are no footer of ours. */
export function seekTableBytesFrom(footer: Buffer): number | undefined {
  const valid =
    footer.length === FOOTER_BYTES && footer[4] === 0 && footer.readUInt32LE(5) === SEEKABLE_MAGIC;
  return valid ? seekTableBytes(footer.readUInt32LE(0)) : undefined;
}

/** The frames of a whole table; undefined when its header does not agree with its length. */
export function decodeSeekTable(table: Buffer): FrameSize[] | undefined {
  if (table.readUInt32LE(0) !== SKIPPABLE_MAGIC) return undefined;
  if (table.readUInt32LE(4) !== table.length - HEADER_BYTES) return undefined;
  const frames: FrameSize[] = [];
  for (let at = HEADER_BYTES; at < table.length - FOOTER_BYTES; at += ENTRY_BYTES) {
    frames.push({ compressed: table.readUInt32LE(at), decoded: table.readUInt32LE(at + 4) });
  }
  return frames;
}

function seekTableBytes(frameCount: number): number {
  return HEADER_BYTES + frameCount * ENTRY_BYTES + FOOTER_BYTES;
}
