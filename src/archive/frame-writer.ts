/**
 * Writes one framed object: slabs go in, are compressed in parallel, and come out in order as frames, followed by the
 * seek table.
 */
import type { ByteSink } from "../ports/source.ts";
import { compressFrame } from "./frame.ts";
import { checksumOf, encodeSeekTable, type FrameSize } from "./seek-table.ts";

export class FrameWriter {
  readonly #sink: ByteSink;
  readonly #frames: FrameSize[] = [];
  #last: Promise<void> = Promise.resolve();
  #storedBytes = 0;
  #stopped = false;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Encoded bytes that the sink has accepted. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /**
   * Starts compressing the slab now; resolves once its frame and all before it are written. The slab may not
   * change until then. The caller bounds how many are under way.
   */
  add(slab: Uint8Array): Promise<void> {
    const compressed = compressFrame(slab);
    const previous = this.#last;
    this.#last = (async () => {
      // Both are awaited together so that neither can fail unheard.
      const [frame] = await Promise.all([compressed, previous]);
      this.#frames.push({ compressed: frame.length, decoded: slab.length, checksum: checksumOf(frame) });
      await this.#write(frame);
    })();
    return this.#last;
  }

  /** Writes the seek table after all frames, in one piece. */
  async finish(): Promise<void> {
    await this.#last;
    await this.#write(encodeSeekTable(this.#frames));
  }

  /** Ends it: nothing more is written, whatever is still under way. */
  close(): void {
    this.#stopped = true;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#stopped) return;
    await this.#sink.write(bytes);
    this.#storedBytes += bytes.length;
  }
}
