/** Makes any async iteration end as soon as a signal fires, also while its producer does not answer. */
import { cancellation } from "../domain/errors.ts";

/**
 * Yields the items unchanged; once the signal fires, throws its cancellation without waiting for the producer, which
 * is told to stop (`return`). Errors of the producer pass through unchanged. Holds no item after it was yielded.
 */
export async function* cancellable<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
  what: string,
): AsyncGenerator<T, void, undefined> {
  if (signal === undefined) {
    yield* items;
    return;
  }
  if (signal.aborted) throw cancellation(signal, what);
  const iterator = items[Symbol.asyncIterator]();
  // One promise an item: a single long-lived one raced against each would keep every item alive.
  let interrupt: (reason: Error) => void = () => undefined;
  const onAbort = () => interrupt(cancellation(signal, what));
  signal.addEventListener("abort", onAbort, { once: true });
  let exhausted = false;
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        if (signal.aborted) onAbort();
        else iterator.next().then(resolve, reject);
      });
      exhausted = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (!exhausted) {
      const stopped = iterator.return?.().then(undefined, () => undefined);
      // A producer that hangs would hang us too. Its late failure is of no interest any more.
      if (!signal.aborted) await stopped;
    }
  }
}
