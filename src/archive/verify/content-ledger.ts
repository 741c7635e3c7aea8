/**
 * Remembers which contents stand where in which archives, so that what one index says of another point's archive can be
 * compared with that point's own index. A Bloom filter, for memory that is bounded: what it was told it always knows; of
 * what it was not told it takes one in ten million for known, and more than that only beyond eight million contents.
 */
import { hash } from "node:crypto";

export interface LedgerContent {
  /** The point whose archive holds it. */
  point: string;
  offset: number;
  size: number;
  sha256: string;
}

const BITS_A_CONTENT = 64;
const MIN_BITS = 2 ** 13;
/** 64 MiB. */
const MAX_BITS = 2 ** 29;
const PROBES = 8;

export class ContentLedger {
  readonly #bytes: Uint8Array;

  /** `contents`: how many there will be, about. */
  constructor(contents: number) {
    const bits = 2 ** Math.ceil(Math.log2(Math.max(1, contents) * BITS_A_CONTENT));
    this.#bytes = new Uint8Array(Math.min(MAX_BITS, Math.max(MIN_BITS, bits)) / 8);
  }

  add(content: LedgerContent): void {
    for (const bit of this.#bitsOf(content)) this.#bytes[bit >>> 3] = this.#byteAt(bit) | (1 << (bit & 7));
  }

  has(content: LedgerContent): boolean {
    return this.#bitsOf(content).every((bit) => (this.#byteAt(bit) & (1 << (bit & 7))) !== 0);
  }

  #byteAt(bit: number): number {
    return this.#bytes[bit >>> 3] ?? 0;
  }

  /** The size is a power of two, so the low bits of a digest are as good as a remainder. */
  #bitsOf({ point, offset, size, sha256 }: LedgerContent): number[] {
    const digest = hash("sha256", `${point} ${offset} ${size} ${sha256}`, "buffer");
    const mask = this.#bytes.length * 8 - 1;
    return Array.from({ length: PROBES }, (_, probe) => digest.readUInt32LE(probe * 4) & mask);
  }
}
