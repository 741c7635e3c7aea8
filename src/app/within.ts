/** Bounds how long something may take, also when it does not heed its signal. */
import { HoldfastError } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

/**
 * What `action` gives; throws `timeout` (transient) after the limit, having told the action to stop through the signal it
 * was given. That signal fires with `signal`, too, but the action is waited for then. Does not keep the process alive.
 */
export async function within<T>(
  { clock, limit, what, signal }: { clock: Clock; limit: Milliseconds; what: string; signal?: AbortSignal },
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const done = new AbortController();
  const expiry = clock.sleep(limit, { signal: done.signal, unref: true }).then(
    () => {
      const why = `there was no answer within ${limit / SECOND} s`;
      const error = new HoldfastError("timeout", { what, why, transient: true });
      stop.abort(error);
      throw error;
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    const signals = signal === undefined ? [stop.signal] : [stop.signal, signal];
    return await Promise.race([action(AbortSignal.any(signals)), expiry]);
  } finally {
    done.abort();
  }
}
