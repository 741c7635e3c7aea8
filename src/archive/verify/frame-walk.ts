/** Finds the zstd frames of a stream by their own headers, without a seek table and without decoding anything. */
import type { FrameSize } from "../seek-table.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const START_BYTES = 5;
const SKIPPABLE_REST_BYTES = 3;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** Bytes of the content size, by the top two bits of the descriptor. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
/** More than any object of ours has: what others wrote shall not fill the memory. */
const MAX_FRAMES = 4_000_000;

export interface WalkedFrames {
  /** Whole frames, in the order in which they stand; without the seek table. */
  frames: FrameSize[];
  /** The stream ended within a frame. */
  isCut: boolean;
  /** From some point on it was no frame. */
  isLost: boolean;
}

type Step = (field: Buffer) => void;

/** Takes the bytes as they come; holds a few of them. */
export class FrameWalk {
  readonly #frames: FrameSize[] = [];
  readonly #field = Buffer.alloc(16);
  #filled = 0;
  #needed = START_BYTES;
  #step: Step = (field) => this.#begin(field);
  #skip = 0;
  #position = 0;
  #frameStart = 0;
  #decoded = 0;
  #hasChecksum = false;
  #isLost = false;

  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#isLost;) {
      const take = Math.min(this.#skip > 0 ? this.#skip : this.#needed - this.#filled, chunk.length - at);
      if (this.#skip > 0) this.#skip -= take;
      else {
        this.#field.set(chunk.subarray(at, at + take), this.#filled);
        this.#filled += take;
      }
      at += take;
      this.#position += take;
      if (this.#skip === 0 && this.#filled === this.#needed) this.#run();
    }
  }

  end(): WalkedFrames {
    const isCut = !this.#isLost && (this.#position !== this.#frameStart || this.#skip > 0);
    return { frames: this.#frames, isCut, isLost: this.#isLost };
  }

  #run(): void {
    const field = this.#field.subarray(0, this.#needed);
    this.#filled = 0;
    this.#step(field);
  }

  #expect(bytes: number, step: Step): void {
    this.#needed = bytes;
    this.#step = step;
  }

  #begin(field: Buffer): void {
    const magic = field.readUInt32LE(0);
    const descriptor = field[4] ?? 0;
    if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) {
      this.#expect(SKIPPABLE_REST_BYTES, (rest) => this.#skipOver(descriptor + rest.readUIntLE(0, 3) * 256));
    } else if (magic !== FRAME_MAGIC || this.#frames.length === MAX_FRAMES) this.#isLost = true;
    else this.#header(descriptor);
  }

  /** What follows a skippable frame begins anew, as the next frame does. */
  #skipOver(bytes: number): void {
    this.#skip = bytes;
    this.#frameStart = this.#position + bytes;
    this.#expect(START_BYTES, (field) => this.#begin(field));
  }

  #header(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const sizeBytes = CONTENT_SIZE_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3] || (isSingleSegment ? 1 : 0);
    const others = (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#expect(others + sizeBytes, (field) => {
      this.#decoded = contentSize(field.subarray(others));
      this.#expectBlock();
    });
    if (this.#needed === 0) this.#run();
  }

  #expectBlock(): void {
    this.#expect(BLOCK_HEADER_BYTES, (field) => {
      const header = field.readUIntLE(0, BLOCK_HEADER_BYTES);
      const isRun = ((header >> 1) & 3) === 1;
      this.#skip = isRun ? 1 : header >> 3;
      if ((header & 1) === 0) this.#expectBlock();
      else if (this.#hasChecksum)
        this.#expect(CHECKSUM_BYTES, (checksum) => this.#end(checksum.readUInt32LE(0)));
      // Ours always have one; this asks for a field that no frame of ours lacks.
      else this.#isLost = true;
    });
  }

  #end(checksum: number): void {
    const compressed = this.#position - this.#frameStart;
    this.#frames.push({ compressed, decoded: this.#decoded, checksum });
    this.#frameStart = this.#position;
    this.#expect(START_BYTES, (field) => this.#begin(field));
  }
}

/** Two bytes count from 256; nobody writes contents of 2^53 bytes into one frame. */
function contentSize(field: Buffer): number {
  if (field.length === 0) return 0;
  if (field.length === 8) return Number(field.readBigUInt64LE(0));
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}
