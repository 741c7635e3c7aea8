/** One request to the engine: cancelled by the signal, its failure told as ours. */
import { cancellation } from "../domain/errors.ts";
import { engineError, RIGHTS } from "./engine-errors.ts";

/** Asks the engine something that needs the right. */
export type Ask = <T>(right: keyof typeof RIGHTS, request: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** `what`: the start of a sentence, for the error of each request. */
export function asking(what: string, address: string, signal: AbortSignal): Ask {
  return async (right, request) => {
    if (signal.aborted) throw cancellation(signal, what);
    try {
      return await unlessAborted(request(signal), signal);
    } catch (error) {
      if (signal.aborted) throw cancellation(signal, what);
      throw engineError(error, { what, right: RIGHTS[right], address });
    }
  };
}

/** Not every request of the client can be cancelled by itself. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    work.catch(() => undefined);
  }
}
