/**
 * Chunks one behind: the last one is given only when the source has ended well. Whoever was promised a length sees a download that
 * failed, and not a file that was damaged.
 */
export async function* heldBack(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (held !== undefined) yield held;
    // The source may use its memory again for the next chunk.
    held = Uint8Array.from(chunk);
  }
  if (held !== undefined) yield held;
}
