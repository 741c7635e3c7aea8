/** Reads blocks of a DuckDB file, each verified by the checksum it begins with. */
import type { FileHandle } from "node:fs/promises";

import { BUFFER_SIZE, type ChecksumBuffer } from "./block-checksum.ts";
import { CHECKSUM_SIZE, Damage, HEADERS_SIZE } from "./file-headers.ts";

export class BlockReader {
  readonly blockSize: number;
  readonly #file: FileHandle;
  readonly #buffer: ChecksumBuffer;

  constructor(file: FileHandle, buffer: ChecksumBuffer, blockSize: number) {
    this.#file = file;
    this.#buffer = buffer;
    this.blockSize = blockSize;
  }

  /** So many are read at once. */
  get most(): number {
    return BUFFER_SIZE / this.blockSize;
  }

  /** The content of one block after its checksum; good until the next read. Throws Damage where it is not right. */
  async read(block: number): Promise<Buffer> {
    const [problem] = await this.verify(block, 1);
    if (problem !== undefined)
      throw new Damage(`block ${block} ${problem.isUnwritten ? "was never written" : "is wrong"}`);
    return Buffer.from(this.#buffer.bytes.buffer, CHECKSUM_SIZE, this.blockSize - CHECKSUM_SIZE);
  }

  /** Which of these blocks are not right; at most as many blocks as are read at once. */
  async verify(first: number, count: number): Promise<{ block: number; isUnwritten: boolean }[]> {
    const { bytes } = this.#buffer;
    const length = count * this.blockSize;
    const bytesRead = await this.#fill(length, HEADERS_SIZE + first * this.blockSize);
    const wrong: { block: number; isUnwritten: boolean }[] = [];
    for (let at = 0; at < count; at++) {
      const [from, until] = [at * this.blockSize, (at + 1) * this.blockSize];
      const isCut = until > bytesRead;
      const stored = Buffer.from(bytes.buffer, from, CHECKSUM_SIZE).readBigUInt64LE();
      if (!isCut && this.#buffer.checksum(from + CHECKSUM_SIZE, until) === stored) continue;
      const isUnwritten = bytes.subarray(from, Math.min(until, bytesRead)).every((byte) => byte === 0);
      wrong.push({ block: first + at, isUnwritten });
    }
    return wrong;
  }

  async #fill(length: number, position: number): Promise<number> {
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(
        this.#buffer.bytes,
        filled,
        length - filled,
        position + filled,
      );
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }
}
