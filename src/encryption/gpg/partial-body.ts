/**
 * The body of an OpenPGP packet whose length is not known when it is begun (RFC 9580, 4.2.1.4): parts of one size, each after a byte
 * that tells it, and a last one after its length. So where each byte of it is stored can be computed.
 */

export const PART_BYTES = 64 * 1024;
/** Two to the power of its low bits. */
const PART_HEADER = 0xe0 | 16;
const LAST_HEADER = 0xff;
const LAST_HEADER_BYTES = 5;
const NEW_FORMAT = 0xc0;

/** Bytes of the packet's header by which the body begins later than the packet. */
const TAG_BYTES = 1;

export class PartialBody {
  readonly size: number;
  readonly #parts: number;

  constructor(size: number) {
    this.size = size;
    this.#parts = Math.floor(size / PART_BYTES);
  }

  /** Of the whole packet. */
  get packetBytes(): number {
    return this.positionOf(this.size);
  }

  /** Where a byte of the body is in the packet. */
  positionOf(index: number): number {
    const part = Math.floor(index / PART_BYTES);
    const headers = part < this.#parts ? part + 1 : this.#parts + LAST_HEADER_BYTES;
    return TAG_BYTES + headers + index;
  }

  /** The body's bytes of a packet that is read from where the byte `from` is. */
  *within(packet: Buffer, state: { index: number; skip: number }): Generator<Buffer> {
    for (let at = 0; at < packet.length;) {
      if (state.skip > 0) {
        const skipped = Math.min(state.skip, packet.length - at);
        state.skip -= skipped;
        at += skipped;
        continue;
      }
      const end = Math.min((Math.floor(state.index / PART_BYTES) + 1) * PART_BYTES, this.size);
      const bytes = packet.subarray(at, at + end - state.index);
      if (bytes.length === 0) return;
      at += bytes.length;
      state.index += bytes.length;
      if (state.index === end) state.skip = this.positionOf(end) - this.positionOf(end - 1) - 1;
      yield bytes;
    }
  }
}

/** Writes such a packet. */
export class PartialPacket {
  readonly #emit: (bytes: Buffer) => void;
  #part = newPart();
  #length = 0;

  constructor(tag: number, emit: (bytes: Buffer) => void) {
    this.#emit = emit;
    emit(Buffer.from([NEW_FORMAT | tag]));
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const fitting = bytes.subarray(at, at + PART_BYTES - this.#length);
      this.#part.set(fitting, 1 + this.#length);
      this.#length += fitting.length;
      at += fitting.length;
      if (this.#length < PART_BYTES) return;
      this.#emit(this.#part);
      this.#part = newPart();
      this.#length = 0;
    }
  }

  end(): void {
    const header = Buffer.alloc(LAST_HEADER_BYTES);
    header[0] = LAST_HEADER;
    header.writeUInt32BE(this.#length, 1);
    this.#emit(header);
    this.#emit(this.#part.subarray(1, 1 + this.#length));
  }
}

function newPart(): Buffer {
  const part = Buffer.allocUnsafe(1 + PART_BYTES);
  part[0] = PART_HEADER;
  return part;
}
