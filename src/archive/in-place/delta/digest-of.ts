/** The digest of an open file, large ones without holding up the thread. */
import { createHash } from "node:crypto";
import { read as readFile, readSync } from "node:fs";
import { promisify } from "node:util";

const read = promisify(readFile);

const CHUNK_BYTES = 1024 * 1024;
/** What the kernel gives sooner than a thread of the pool could be asked. */
const SMALL_BYTES = 64 * 1024;

export interface DigestOptions {
  size: number;
  signal?: AbortSignal | undefined;
  /** Sees every part; the buffer is used again. */
  onPart?: ((bytes: Uint8Array, position: number) => void) | undefined;
}

/** SHA-256 of the first `size` bytes in hex; undefined when there are fewer. */
export async function digestOf(
  fd: number,
  { size, signal, onPart }: DigestOptions,
): Promise<string | undefined> {
  const buffer = Buffer.allocUnsafe(Math.min(size, CHUNK_BYTES));
  const hash = createHash("sha256");
  for (let position = 0; position < size;) {
    signal?.throwIfAborted();
    const length = Math.min(buffer.length, size - position);
    const bytesRead =
      size <= SMALL_BYTES
        ? readSync(fd, buffer, 0, length, position)
        : (await read(fd, buffer, 0, length, position)).bytesRead;
    if (bytesRead === 0) return undefined;
    const part = buffer.subarray(0, bytesRead);
    hash.update(part);
    onPart?.(part, position);
    position += bytesRead;
  }
  return hash.digest("hex");
}
