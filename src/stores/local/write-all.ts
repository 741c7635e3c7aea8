/** Writes a stream of chunks of any size to a file in few system calls, with bounded memory and steady disk traffic. */
import type { FileHandle } from "node:fs/promises";

/** Smaller chunks are gathered up to this size. */
const GATHER_BYTES = 256 * 1024;
/** After so many bytes the disk is told to start, so that the last fsync does not wait for all of them. */
const FLUSH_EVERY_BYTES = 64 * 1024 * 1024;

/** Returns the number of bytes written. Errors of the body pass through unchanged. */
export async function writeAll(handle: FileHandle, body: AsyncIterable<Uint8Array>): Promise<number> {
  const file = new SteadyFile(handle);
  const gathered = Buffer.allocUnsafe(GATHER_BYTES);
  let used = 0;
  try {
    for await (const chunk of body) {
      if (used > 0 && used + chunk.byteLength > GATHER_BYTES) {
        await file.write(gathered.subarray(0, used));
        used = 0;
      }
      if (chunk.byteLength >= GATHER_BYTES) {
        await file.write(chunk);
      } else {
        gathered.set(chunk, used);
        used += chunk.byteLength;
      }
    }
    await file.write(gathered.subarray(0, used));
  } finally {
    await file.settle();
  }
  file.throwIfFlushFailed();
  return file.size;
}

/** A file whose dirty pages are flushed in the background while the next ones are produced. */
class SteadyFile {
  readonly #handle: FileHandle;
  size = 0;
  #flushedAt = 0;
  #flushing: Promise<void> = Promise.resolve();
  #flushError: unknown;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.byteLength - at);
      at += bytesWritten;
    }
    this.size += bytes.byteLength;
    if (this.size - this.#flushedAt >= FLUSH_EVERY_BYTES) await this.#startFlush();
  }

  /** At most one flush is under way; a disk slower than the producer is waited for here. */
  async #startFlush(): Promise<void> {
    await this.settle();
    this.throwIfFlushFailed();
    this.#flushedAt = this.size;
    this.#flushing = this.#handle.datasync().catch((error: unknown) => {
      this.#flushError = error;
    });
  }

  /** The kernel reports a failed writeback once, so it is kept and thrown. */
  throwIfFlushFailed(): void {
    if (this.#flushError !== undefined) throw this.#flushError as Error;
  }

  async settle(): Promise<void> {
    await this.#flushing;
  }
}
