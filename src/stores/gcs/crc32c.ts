/**
 * CRC-32C (Castagnoli), the digest that Cloud Storage keeps of every object. Node has only the other CRC-32, so it is
 * computed here, sixteen bytes a step ("slicing-by-16"), at about 1 GiB/s.
 */

/** The polynomial 0x1EDC6F41 with its bits reversed, https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4. */
const POLYNOMIAL = 0x82f63b78;
const STEP = 16;

/** Table n says what a byte does to the checksum when n further bytes follow it. */
const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15] = tables();

export class Crc32c {
  #state = -1;

  update(bytes: Uint8Array): void {
    if (bytes.byteLength < STEP) {
      this.#state = addBytes(this.#state, bytes);
      return;
    }
    // Words can only be read where memory is aligned to them.
    const head = -bytes.byteOffset & 3;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + head, (bytes.byteLength - head) >>> 2);
    const steps = words.length & ~3;
    const tail = head + steps * 4;
    const afterHead = addBytes(this.#state, bytes.subarray(0, head));
    this.#state = addBytes(addWords(afterHead, words, steps), bytes.subarray(tail));
  }

  /** As Cloud Storage writes it: four bytes, the highest first, in base64. */
  toBase64(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(~this.#state);
    return bytes.toString("base64");
  }
}

function addBytes(start: number, bytes: Uint8Array): number {
  let state = start;
  for (const byte of bytes) state = at(T0, state ^ byte) ^ (state >>> 8);
  return state;
}

/** `count` words, a multiple of four, of which the lowest byte comes first: so they are on every machine that runs Node. */
function addWords(start: number, words: Int32Array, count: number): number {
  let state = start;
  for (let i = 0; i < count; i += 4) {
    const a = (words[i] as number) ^ state;
    const b = words[i + 1] as number;
    const c = words[i + 2] as number;
    const d = words[i + 3] as number;
    state =
      at(T15, a) ^
      at(T14, a >>> 8) ^
      at(T13, a >>> 16) ^
      at(T12, a >>> 24) ^
      at(T11, b) ^
      at(T10, b >>> 8) ^
      at(T9, b >>> 16) ^
      at(T8, b >>> 24) ^
      at(T7, c) ^
      at(T6, c >>> 8) ^
      at(T5, c >>> 16) ^
      at(T4, c >>> 24) ^
      at(T3, d) ^
      at(T2, d >>> 8) ^
      at(T1, d >>> 16) ^
      at(T0, d >>> 24);
  }
  return state;
}

function at(table: Int32Array, byte: number): number {
  return table[byte & 0xff] as number;
}

type Tables = readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function tables(): Tables {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let state = byte;
    for (let bit = 0; bit < 8; bit++) state = state & 1 ? (state >>> 1) ^ POLYNOMIAL : state >>> 1;
    return state;
  });
  const all = [first];
  for (let n = 1; n < STEP; n++) {
    all.push((all[n - 1] as Int32Array).map((state) => at(first, state) ^ (state >>> 8)));
  }
  return all as unknown as Tables;
}
