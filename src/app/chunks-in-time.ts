/** Reads chunk by chunk, for none of which longer than the limit. */
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { within } from "./within.ts";

/** How long the other side may take for each chunk, and what to say when it takes longer. */
export interface ChunkBounds {
  clock: Clock;
  limit: Milliseconds;
  what: string;
}

/** Throws `timeout` for a chunk that does not come. A chunk's memory is good as long as that of the original. */
export async function* chunksInTime(
  chunks: AsyncIterable<Uint8Array>,
  bounds: ChunkBounds,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      isOver = true;
      const next = await within(bounds, () => iterator.next());
      if (next.done === true) return;
      isOver = false;
      yield next.value;
    }
  } finally {
    // One that has thrown, or does not answer, is not to be asked again.
    if (!isOver) await iterator.return?.();
  }
}
