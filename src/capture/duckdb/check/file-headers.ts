/** The three headers at the beginning of a DuckDB file: one of the file, and two of the database, of which the later counts. */
import type { FileHandle } from "node:fs/promises";

import type { ChecksumBuffer } from "./block-checksum.ts";

export const HEADER_SIZE = 4096;
export const HEADERS_SIZE = 3 * HEADER_SIZE;
/** What every header and block begins with. */
export const CHECKSUM_SIZE = 8;

const MAGIC = Buffer.from("DUCK");
const MAGIC_AT = 8;
const VERSION_AT = 12;
const FLAGS_AT = 20;
const ENCRYPTED_FLAG = 1n;
const LIBRARY_AT = 52;
const LIBRARY_LENGTH = 32;

/** Of storage versions outside this range the rest of the file may look otherwise: 64 is DuckDB 0.9, 68 is 1.5. */
const KNOWN_STORAGE_VERSIONS = { from: 64, to: 68 };

const DEFAULT_BLOCK_SIZE = 262_144;
const BLOCK_SIZES = { from: 16_384, to: 262_144 };

export interface FileHeader {
  storageVersion: number;
  /** As it names itself, e.g. `v1.5.6`; missing in files of old versions. */
  libraryVersion?: string;
  encrypted: boolean;
}

export interface DatabaseHeader {
  iteration: bigint;
  /** Undefined in an empty database. */
  metaBlock: bigint | undefined;
  /** Where the list of free blocks begins: the block, and the part of it in the highest byte. */
  freeList: bigint | undefined;
  blockCount: number;
  blockSize: number;
}

export class Damage extends Error {}

/** Reads all three into the buffer; throws Damage where the file is too short for them. */
export async function loadHeaders(file: FileHandle, buffer: ChecksumBuffer): Promise<void> {
  const { bytesRead } = await file.read(buffer.bytes, 0, HEADERS_SIZE, 0);
  if (bytesRead < HEADERS_SIZE)
    throw new Damage(`it has ${bytesRead} bytes, which is less than its headers take`);
}

export function readFileHeader(buffer: ChecksumBuffer): FileHeader {
  const bytes = Buffer.from(buffer.bytes.subarray(0, HEADER_SIZE));
  if (!MAGIC.equals(bytes.subarray(MAGIC_AT, MAGIC_AT + MAGIC.length)))
    throw new Damage("it does not begin as a DuckDB file does");
  verifyHeader(buffer, 0, "the file header");
  const library = bytes.subarray(LIBRARY_AT, LIBRARY_AT + LIBRARY_LENGTH).toString("latin1");
  const libraryVersion = /^v[\w.+-]*/.exec(library)?.[0];
  return {
    storageVersion: Number(bytes.readBigUInt64LE(VERSION_AT)),
    ...(libraryVersion === undefined ? {} : { libraryVersion }),
    encrypted: (bytes.readBigUInt64LE(FLAGS_AT) & ENCRYPTED_FLAG) !== 0n,
  };
}

export function isKnownFormat({ storageVersion }: FileHeader): boolean {
  return storageVersion >= KNOWN_STORAGE_VERSIONS.from && storageVersion <= KNOWN_STORAGE_VERSIONS.to;
}

/** The one that counts; DuckDB opens a file only if both are right. */
export function readDatabaseHeader(buffer: ChecksumBuffer): DatabaseHeader {
  const [first, second] = [1, 2].map((at) => {
    verifyHeader(buffer, at * HEADER_SIZE, `database header ${at}`);
    return databaseHeaderAt(buffer, at * HEADER_SIZE);
  }) as [DatabaseHeader, DatabaseHeader];
  return first.iteration > second.iteration ? first : second;
}

function databaseHeaderAt(buffer: ChecksumBuffer, at: number): DatabaseHeader {
  const field = (index: number) =>
    Buffer.from(buffer.bytes.buffer, at + CHECKSUM_SIZE, HEADER_SIZE - CHECKSUM_SIZE).readBigUInt64LE(
      index * 8,
    );
  const blockSize = Number(field(4)) || DEFAULT_BLOCK_SIZE;
  const blockCount = Number(field(3));
  if (blockSize < BLOCK_SIZES.from || blockSize > BLOCK_SIZES.to || (blockSize & (blockSize - 1)) !== 0)
    throw new Damage(`its blocks would have ${blockSize} bytes each`);
  if (!Number.isSafeInteger(blockCount * blockSize)) throw new Damage(`it would have ${blockCount} blocks`);
  return {
    iteration: field(0),
    metaBlock: pointer(field(1)),
    freeList: pointer(field(2)),
    blockCount,
    blockSize,
  };
}

/** All bits set is DuckDB's way to say none. */
function pointer(value: bigint): bigint | undefined {
  return value === 0xffff_ffff_ffff_ffffn ? undefined : value;
}

function verifyHeader(buffer: ChecksumBuffer, at: number, name: string): void {
  const stored = Buffer.from(buffer.bytes.buffer, at, CHECKSUM_SIZE).readBigUInt64LE();
  if (buffer.checksum(at + CHECKSUM_SIZE, at + HEADER_SIZE) !== stored)
    throw new Damage(`the checksum of ${name} is wrong`);
}
