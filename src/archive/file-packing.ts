/** The content of one file of an archive, for bytes that come by and by. */
import { createHash } from "node:crypto";

import type { PackedContent } from "./index-line.ts";
import type { SlabWriter } from "./slab-writer.ts";
import { paddedSize } from "./tar-header.ts";
import { updateWithZeros } from "./zeros.ts";

export class FilePacking {
  readonly #archive: SlabWriter;
  readonly #size: number;
  readonly #offset: number;
  readonly #digest = createHash("sha256");
  #holes = 0;

  /** The file's header is written already. */
  constructor(archive: SlabWriter, size: number) {
    this.#archive = archive;
    this.#size = size;
    this.#offset = archive.position;
  }

  /** How many bytes are there. */
  get position(): number {
    return this.#archive.position - this.#offset;
  }

  write(bytes: Buffer): void {
    this.#digest.update(bytes);
    this.#archive.write(bytes);
  }

  /** Part of a hole. */
  zeros(count: number): void {
    updateWithZeros(this.#digest, count);
    this.#archive.writeZeros(count);
    this.#holes += count;
  }

  /** Throws unless exactly as many bytes came as the header says. */
  finish(): PackedContent {
    const { position } = this;
    if (position !== this.#size) throw new Error(`a file of ${this.#size} bytes was packed with ${position}`);
    this.#archive.writeZeros(paddedSize(this.#size) - this.#size);
    return {
      ...{ offset: this.#offset, size: this.#size, holes: this.#holes },
      sha256: this.#digest.digest("hex"),
    };
  }
}
