/**
 * Writes one framed object: slabs go in, are encoded in parallel, and come out in order as frames, followed by the seek
 * table.
 */
import type { ByteSink } from "../ports/source.ts";
import { FrameEncoder } from "./frame-encoder.ts";
import { checksumOf, encodeSeekTable, type FrameSize } from "./seek-table.ts";

export class FrameWriter {
  readonly #sink: ByteSink;
  readonly #encoder: FrameEncoder;
  readonly #frames: FrameSize[] = [];
  #last: Promise<void> = Promise.resolve();
  #storedBytes = 0;
  #stopped = false;

  /** Writers may share an encoder, and with it its memory. */
  constructor(sink: ByteSink, encoder = new FrameEncoder()) {
    this.#sink = sink;
    this.#encoder = encoder;
  }

  /** Encoded bytes that the sink has accepted. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /**
   * Starts encoding the slab; resolves once its frame and all before it are written. The slab may not change until
   * `onEncoded`. The caller bounds how many are under way.
   */
  add(slab: Uint8Array, onEncoded?: () => void): Promise<void> {
    const encoding = this.#encode(slab, onEncoded);
    const previous = this.#last;
    this.#last = (async () => {
      // Both are awaited together so that neither can fail unheard.
      const [frame] = await Promise.all([encoding, previous]);
      const { bytes } = frame;
      this.#frames.push({
        compressed: bytes.length,
        decoded: slab.length,
        checksum: checksumOf(bytes),
      });
      await this.#write(bytes);
      frame.release();
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

  async #encode(slab: Uint8Array, onEncoded: (() => void) | undefined) {
    const frame = await this.#encoder.encode(slab);
    onEncoded?.();
    return frame;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#stopped) return;
    await this.#sink.write(bytes);
    this.#storedBytes += bytes.length;
  }
}
