/**
 * Decodes zstd from anywhere: any number of frames, skippable ones among them (RFC 8878). The frames are walked here,
 * because Node's decoder stops after the first one and tells nobody.
 */
import { pipeline } from "node:stream/promises";
import { constants, createZstdDecompress, zstdDecompress } from "node:zlib";

import { HoldfastError, messageOf } from "../../domain/errors.ts";
import { SLAB_BYTES } from "../frame.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { cutOff, unreadable } from "./import-error.ts";

const FRAME_MAGIC = 0xfd2fb528;
/** The last four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 * 1024;
/** As large a window as `zstd -d` accepts by itself: 128 MiB. */
const WINDOW_LOG_MAX = 27;
/** What a frame may be larger than its content. */
const GROWTH = 1024 * 1024;

interface FrameHeader {
  bytes: Buffer;
  contentSize: number | undefined;
  hasChecksum: boolean;
}

/** The content of all frames. Throws `damaged` when one is not whole. */
export async function* decodeZstd(input: ByteQueue, archive: string): AsyncGenerator<Buffer> {
  for (let frame = 1; ; frame += 1) {
    const where = `zstd frame ${frame}`;
    const magic = await input.upTo(4);
    if (magic.length === 0) return;
    if (magic.length < 4) throw cutOff(archive, where);
    const number = magic.readUInt32LE();
    if (number === FRAME_MAGIC) yield* decodeFrame(input, magic, { archive, where });
    else if ((number & 0xfffffff0) === SKIPPABLE_MAGIC) await skipFrame(input, { archive, where });
    else throw unreadable(archive, `what follows its first ${frame - 1} zstd frames is not zstd`);
  }
}

interface Where {
  archive: string;
  where: string;
}

async function skipFrame(input: ByteQueue, at: Where): Promise<void> {
  const size = await exactly(input, 4, at);
  if (!(await input.skip(size.readUInt32LE()))) throw cutOff(at.archive, at.where);
}

async function* decodeFrame(input: ByteQueue, magic: Buffer, at: Where): AsyncGenerator<Buffer> {
  const header = await readHeader(input, magic, at);
  const pieces = compressedPieces(input, header, at);
  try {
    if (header.contentSize !== undefined && header.contentSize <= SLAB_BYTES) {
      yield await decodeAtOnce(pieces, header.contentSize, at);
    } else yield* decodeStreaming(pieces);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw unreadable(at.archive, `${at.where} is damaged: ${messageOf(error)}`, error);
  }
}

async function decodeAtOnce(pieces: AsyncIterable<Buffer>, size: number, at: Where): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of pieces) {
    parts.push(part);
    length += part.length;
    if (length > size + GROWTH) throw unreadable(at.archive, `${at.where} is larger than its content`);
  }
  const options = { chunkSize: Math.max(size, 64), maxOutputLength: Math.max(size, 1) };
  const content = await new Promise<Buffer>((resolve, reject) => {
    zstdDecompress(Buffer.concat(parts), options, (error, decoded) =>
      error === null ? resolve(decoded) : reject(error),
    );
  });
  if (content.length !== size) throw unreadable(at.archive, `${at.where} holds less than it says`);
  return content;
}

async function* decodeStreaming(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX };
  const decoder = createZstdDecompress({ params, chunkSize: MAX_BLOCK_BYTES });
  const fed = pipeline(pieces, decoder);
  // Its failure ends the decoder, and so reaches whoever reads it.
  fed.catch(() => undefined);
  for await (const chunk of decoder) yield chunk as Buffer;
  await fed;
}

/** The frame as it is stored, in pieces of up to a block. */
async function* compressedPieces(input: ByteQueue, header: FrameHeader, at: Where): AsyncGenerator<Buffer> {
  yield header.bytes;
  for (let isLast = false; !isLast;) {
    const blockHeader = await exactly(input, 3, at);
    const bits = blockHeader.readUIntLE(0, 3);
    isLast = (bits & 1) === 1;
    const type = (bits >> 1) & 3;
    const size = bits >> 3;
    if (type === 3 || size > MAX_BLOCK_BYTES) throw unreadable(at.archive, `${at.where} is damaged`);
    yield blockHeader;
    yield await exactly(input, type === 1 ? 1 : size, at);
  }
  if (header.hasChecksum) yield await exactly(input, 4, at);
}

async function readHeader(input: ByteQueue, magic: Buffer, at: Where): Promise<FrameHeader> {
  const descriptor = await exactly(input, 1, at);
  const bits = descriptor.readUInt8();
  const isSingleSegment = (bits & 0x20) !== 0;
  const sizeFlag = bits >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  const before = (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][bits & 3] ?? 0);
  const rest = await exactly(input, before + sizeBytes, at);
  return {
    bytes: Buffer.concat([magic, descriptor, rest]),
    contentSize: contentSizeOf(rest.subarray(before)),
    hasChecksum: (bits & 4) !== 0,
  };
}

function contentSizeOf(field: Buffer): number | undefined {
  if (field.length === 0) return undefined;
  if (field.length === 8) return Number(field.readBigUInt64LE());
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

async function exactly(input: ByteQueue, length: number, { archive, where }: Where): Promise<Buffer> {
  const bytes = await input.upTo(length);
  if (bytes.length < length) throw cutOff(archive, where);
  return bytes;
}
