/** An object whose digest is made while it is read for another purpose, so that it need not be read twice. */
import { createHash, hash, type Hash } from "node:crypto";

import { hasCode } from "../../domain/errors.ts";
import type { FoundObject } from "../../domain/object-damage.ts";
import type { ObjectReader } from "../../ports/object-reader.ts";
import { damaged, FramedObject, readSeekTable } from "../framed-object.ts";
import { decodeSeekTable } from "../seek-table.ts";
import { misplacedFrames } from "./frame-order.ts";
import { FrameWalk } from "./frame-walk.ts";

export interface DigestedReaderOptions {
  /** Of what was written; what differs from it is looked at more closely. */
  sha256: string;
  /** Told of every byte that is read for the first time. */
  onBytes?: ((count: number) => void) | undefined;
}

/** What is read in order from the beginning is digested on its way; `finish` reads what is left. */
export class DigestedReader implements ObjectReader {
  readonly name: string;
  readonly size: number;
  readonly #inner: ObjectReader;
  readonly #sha256: string;
  readonly #onBytes: (count: number) => void;
  readonly #whole = createHash("sha256");
  readonly #walk = new FrameWalk();
  /** Of the bytes up to `size`, once those after it are reached. */
  #head: string | undefined;
  #rest: Hash | undefined;
  #position = 0;
  #isMissing = false;

  constructor(inner: ObjectReader, { sha256, onBytes = () => undefined }: DigestedReaderOptions) {
    this.name = inner.name;
    this.size = inner.size;
    this.#inner = inner;
    this.#sha256 = sha256;
    this.#onBytes = onBytes;
  }

  async *read(options: Parameters<ObjectReader["read"]>[0] = {}): AsyncGenerator<Uint8Array> {
    let at = options.range?.offset ?? 0;
    try {
      for await (const chunk of this.#inner.read(options)) {
        const known = this.#position - at;
        if (known >= 0 && known < chunk.length) this.#take(chunk.subarray(known));
        at += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (!hasCode(error, "not-found")) throw error;
      this.#isMissing = true;
      throw damaged(this.name, "it is missing", error);
    }
  }

  /**
   * Reads on to the end of what is stored, however long it is. Undefined: the object is missing. `isWhole` is what the
   * caller found out about its content.
   */
  async finish(isWhole: boolean, signal?: AbortSignal): Promise<FoundObject | undefined> {
    const range = { offset: this.#position, length: Number.MAX_SAFE_INTEGER - this.#position };
    const rest = this.read(this.#position === 0 ? { signal } : { signal, range });
    try {
      while ((await rest.next()).done !== true);
    } catch (error) {
      if (this.#isMissing) return undefined;
      throw error;
    }
    return this.#describe(isWhole, signal);
  }

  async #describe(isWhole: boolean, signal: AbortSignal | undefined): Promise<FoundObject> {
    const size = this.#position;
    const sha256 = this.#whole.digest("hex");
    if (size === this.size && sha256 === this.#sha256) return { size, sha256, isWhole };
    const table = await readSeekTable(this.#as(size), signal);
    return {
      ...{ size, sha256, isWhole: size === this.size ? isWhole : await this.#isFramed(size, signal) },
      ...(this.#rest === undefined ? {} : { headSha256: this.#head, restSha256: this.#rest.digest("hex") }),
      seekTableSha256: table && hash("sha256", table),
      misplaced: table && this.#misplaced(table),
    };
  }

  #take(bytes: Uint8Array): void {
    const head = bytes.subarray(0, Math.max(0, this.size - this.#position));
    const rest = bytes.subarray(head.length);
    this.#whole.update(head);
    if (rest.length > 0) {
      this.#head ??= this.#whole.copy().digest("hex");
      this.#whole.update(rest);
      this.#rest ??= createHash("sha256");
      this.#rest.update(rest);
    }
    this.#walk.update(bytes);
    this.#position += bytes.length;
    this.#onBytes(bytes.length);
  }

  async #isFramed(size: number, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await FramedObject.open(this.#as(size), signal);
      return true;
    } catch (error) {
      if (hasCode(error, "damaged")) return false;
      throw error;
    }
  }

  #misplaced(table: Buffer): string | undefined {
    const { frames, isCut, isLost } = this.#walk.end();
    const wanted = isCut || isLost ? undefined : decodeSeekTable(table);
    return wanted && misplacedFrames(wanted, frames);
  }

  #as(size: number): ObjectReader {
    return { name: this.name, size, read: (options) => this.#inner.read(options) };
  }
}
