/** The digest of one file, piece by piece. */
import { createHash, hash, type Hash } from "node:crypto";

import { HoldfastError } from "../../domain/errors.ts";
import type { ContentEntry } from "../index-entry.ts";

export class ContentDigest {
  /** That were added so far. */
  bytes = 0;
  readonly #entry: ContentEntry;
  #parts: Hash | undefined;
  #whole: string | undefined;

  constructor(entry: ContentEntry) {
    this.#entry = entry;
  }

  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    // A piece that is the whole file takes half the time.
    if (piece.length === this.#entry.size) this.#whole = hash("sha256", piece);
    else (this.#parts ??= createHash("sha256")).update(piece);
  }

  /** Throws `damaged` when the content is not what was archived. */
  check(): void {
    const sha256 = this.#whole ?? this.#parts?.digest("hex") ?? hash("sha256", "");
    if (sha256 !== this.#entry.sha256) throw mismatch(this.#entry);
  }
}

function mismatch(entry: ContentEntry): HoldfastError {
  return new HoldfastError("damaged", {
    what: `Restoring ${entry.path}`,
    why: "its content does not match the digest taken when it was backed up",
    next: "verify the job's recovery points and restore from an undamaged one",
  });
}
