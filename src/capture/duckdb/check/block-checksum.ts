/**
 * DuckDB's checksum: the XOR of 5381 and of each little-endian 64-bit word multiplied by a constant. JavaScript has no fast
 * 64-bit multiplication, WebAssembly has: it sums as fast as the memory is read, and in memory that never grows.
 */

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

interface Exports {
  memory: { buffer: ArrayBuffer };
  sum: (from: number, until: number) => bigint;
}

export const SEED = 5381n;
/** 0xbf58476d1ce4e5b9 as a signed number. */
const FACTOR = BigInt.asIntN(64, 0xbf58476d1ce4e5b9n);

const PAGES = 16;
export const BUFFER_SIZE = PAGES * 65_536;

/** A buffer, and the checksum of any whole words in it. */
export interface ChecksumBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  /** Of the bytes from the first offset up to, not including, the second: at least one word. */
  checksum(from: number, until: number): bigint;
}

export function checksumBuffer(): ChecksumBuffer {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, sum } = exports as Exports;
  return {
    bytes: new Uint8Array(memory.buffer),
    checksum: (from, until) => BigInt.asUintN(64, sum(from, until)),
  };
}

const REST_SEED = 0xe17a1465n;
const REST_FACTOR = 0xc6a4a7935bd1e995n;
const REST_SHIFT = 47n;

/** What the last one to seven bytes add to a checksum by XOR: MurmurHash2 of 64 bits, of less than one word. */
export function checksumOfRest(rest: Uint8Array): bigint {
  const times = (value: bigint) => BigInt.asUintN(64, value * REST_FACTOR);
  let hash = REST_SEED ^ times(BigInt(rest.length));
  for (const [at, byte] of rest.entries()) hash ^= BigInt(byte) << BigInt(at * 8);
  hash = times(hash);
  hash = times(hash ^ (hash >> REST_SHIFT));
  return hash ^ (hash >> REST_SHIFT);
}

const [I32, I64] = [0x7f, 0x7e];
const [FROM, UNTIL, RESULT] = [0, 1, 2];

/** `sum(from, until)`: a loop over the words, in the binary format of WebAssembly 1.0. */
function moduleBytes(): Uint8Array {
  const body = [
    ...[1, 1, I64], // one local: the result
    ...[0x42, ...signed(SEED), 0x21, RESULT], // result = SEED
    ...[0x03, 0x40], // loop
    ...[0x20, RESULT, 0x20, FROM, 0x29, 3, 0], // result, word at `from`
    ...[0x42, ...signed(FACTOR), 0x7e, 0x85, 0x21, RESULT], // result ^= word * FACTOR
    ...[0x20, FROM, 0x41, 8, 0x6a, 0x22, FROM], // from += 8
    ...[0x20, UNTIL, 0x49, 0x0d, 0, 0x0b], // again while from < until
    ...[0x20, RESULT, 0x0b],
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 1, I64]),
    ...section(3, [1, 0]),
    ...section(5, [1, 1, PAGES, PAGES]),
    ...section(7, [2, ...named("memory"), 2, 0, ...named("sum"), 0, 0]),
    ...section(10, [1, body.length, ...body]),
  ]);
}

/** Every length here is below 128, so that it is its own encoding. */
function section(id: number, content: number[]): number[] {
  return [id, content.length, ...content];
}

function named(name: string): number[] {
  return [name.length, ...Buffer.from(name)];
}

/** Signed LEB128. */
function signed(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const isLast = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
