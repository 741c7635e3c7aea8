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
  const signals = signal === undefined ? [stop.signal] : [stop.signal, signal];
  const acting = action(AbortSignal.any(signals));
  const expiry = clock.sleep(limit, { signal: done.signal, unref: true }).then(
    async () => {
      const why = `there was no answer within ${limit / SECOND} s`;
      const error = new HoldfastError("timeout", { what, why, transient: true });
      stop.abort(error);
      throw refined(error, await failureBehind(acting));
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    const inTime = acting.catch((error: unknown) => {
      if (stop.signal.aborted) return expiry;
      throw error;
    });
    return await Promise.race([inTime, expiry]);
  } finally {
    done.abort();
  }
}

/** What had failed, where the action was only waiting to try that again; one that does not heed its signal is not waited for. */
async function failureBehind(acting: Promise<unknown>): Promise<HoldfastError | undefined> {
  const told = acting.then(
    () => undefined,
    (error: unknown) => error,
  );
  const last = await Promise.race([
    told,
    new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
  ]);
  const cause = last instanceof HoldfastError && last.code === "timeout" ? last.facts.cause : undefined;
  return cause instanceof HoldfastError ? cause : undefined;
}

function refined(error: HoldfastError, failure: HoldfastError | undefined): HoldfastError {
  if (failure === undefined) return error;
  const { next } = failure.facts;
  return new HoldfastError("timeout", {
    what: error.facts.what,
    why: `${error.facts.why}, but again and again: ${failure.facts.why}`,
    ...(next === undefined ? {} : { next }),
    ...{ cause: failure, transient: true },
  });
}
