/** CRC-64, reflected, by one of the polynomials that formats of dumps use. */

/** Bytes that are looked up at once. */
const WIDTH = 8;

export interface Crc64Kind {
  /** For each place of a byte among those, what each value of it adds: the lower and the higher half. */
  low: Int32Array;
  high: Int32Array;
  /** All bits are turned before the first byte and after the last one. */
  isInverted: boolean;
}

/** Of Redis (src/crc64.c): 0xad93d23594c935a9 with its bits in reverse order. */
export const JONES = crc64Kind(0x95ac9329ac4bc9b5n, { isInverted: false });

/** Of Go's hash/crc64: ECMA 182, 0x42f0e1eba9ea3693 with its bits in reverse order. */
export const ECMA = crc64Kind(0xc96c5795d7870f42n, { isInverted: true });

function crc64Kind(polynomial: bigint, { isInverted }: { isInverted: boolean }): Crc64Kind {
  const [low, high] = [new Int32Array(WIDTH * 256), new Int32Array(WIDTH * 256)];
  const first = Array.from({ length: 256 }, (_, value) => {
    let crc = BigInt(value);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    return crc;
  });
  for (const [value, start] of first.entries()) {
    let crc = start;
    for (let place = 0; place < WIDTH; place += 1) {
      low[place * 256 + value] = Number(BigInt.asIntN(32, crc));
      high[place * 256 + value] = Number(BigInt.asIntN(32, crc >> 32n));
      crc = (crc >> 8n) ^ (first[Number(crc & 0xffn)] ?? 0n);
    }
  }
  return { low, high, isInverted };
}

export class Crc64 {
  readonly #kind: Crc64Kind;
  #low: number;
  #high: number;

  constructor(kind: Crc64Kind) {
    this.#kind = kind;
    this.#low = this.#high = kind.isInverted ? -1 : 0;
  }

  update(bytes: Buffer): void {
    const { low: lows, high: highs } = this.#kind;
    let [low, high, at] = [this.#low, this.#high, 0];
    for (const end = bytes.length - WIDTH; at <= end; at += WIDTH) {
      low ^= bytes.readInt32LE(at);
      high ^= bytes.readInt32LE(at + 4);
      const next = across(lows, low, high);
      high = across(highs, low, high);
      low = next;
    }
    for (; at < bytes.length; at += 1) {
      const value = (low ^ (bytes[at] ?? 0)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (lows[value] ?? 0);
      high = (high >>> 8) ^ (highs[value] ?? 0);
    }
    [this.#low, this.#high] = [low, high];
  }

  digest(): bigint {
    const [low, high] = this.#kind.isInverted ? [~this.#low, ~this.#high] : [this.#low, this.#high];
    return (BigInt.asUintN(32, BigInt(high)) << 32n) | BigInt.asUintN(32, BigInt(low));
  }
}

function across(table: Int32Array, low: number, high: number): number {
  return (
    (table[1792 + (low & 0xff)] ?? 0) ^
    (table[1536 + ((low >>> 8) & 0xff)] ?? 0) ^
    (table[1280 + ((low >>> 16) & 0xff)] ?? 0) ^
    (table[1024 + (low >>> 24)] ?? 0) ^
    (table[768 + (high & 0xff)] ?? 0) ^
    (table[512 + ((high >>> 8) & 0xff)] ?? 0) ^
    (table[256 + ((high >>> 16) & 0xff)] ?? 0) ^
    (table[high >>> 24] ?? 0)
  );
}
