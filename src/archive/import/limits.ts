/** What an archive may ask for: whoever made it may want to fill a disk, a memory or a night. */
import { formatSize } from "../../domain/human-text.ts";
import { unsafe } from "./import-error.ts";

export interface ImportLimits {
  /** Members, and as many headers that only extend another one. */
  maxEntries: number;
  /** Bytes of all files, by what their headers say, holes included. */
  maxBytes: number;
}

export const DEFAULT_MAX_ENTRIES = 10_000_000;
/** Of one pax header or one long name of GNU's. */
export const MAX_EXTENSION_BYTES = 1024 * 1024;
/** Of a whole name; a file system ends long before. */
export const MAX_PATH_BYTES = 32 * 1024;
/** Directories below one another; each is open while it is written in. */
export const MAX_DEPTH = 512;
/** Linux holds no longer symlinks. */
export const MAX_TARGET_BYTES = 4095;

/** Counts what an archive asks for, before it gets it. */
export class Budget {
  readonly #archive: string;
  readonly #limits: ImportLimits;
  #entries = 0;
  #extensions = 0;
  #bytes = 0;

  constructor(archive: string, limits: ImportLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  /** Throws `refused` when there are more than may be. */
  member(): void {
    this.#entries += 1;
    this.#assertFew(this.#entries, "entries");
  }

  extension(): void {
    this.#extensions += 1;
    this.#assertFew(this.#extensions, "extended headers");
  }

  content(size: number): void {
    this.#bytes += size;
    const { maxBytes } = this.#limits;
    if (this.#bytes <= maxBytes) return;
    throw unsafe(
      this.#archive,
      `its files need ${formatSize(this.#bytes)} or more, and ${formatSize(maxBytes)} are allowed, by default what is free at the target`,
      "restore to a larger disk, or, if most of it are holes, allow more with --max-size",
    );
  }

  #assertFew(count: number, of: string): void {
    if (count <= this.#limits.maxEntries) return;
    const why = `it holds more than ${this.#limits.maxEntries} ${of}`;
    throw unsafe(this.#archive, why, "allow more with --max-entries if that can be right");
  }
}
