/** Keeps every backup of a job from running while a restore replaces its source: it holds what a backup has to hold. */
import { asError, hasCode } from "../domain/errors.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { Hold } from "./held-locks.ts";

export interface LockSourceRequest {
  job: string;
  /** All that a backup of the job goes to. */
  stores: readonly Store[];
  signal: AbortSignal;
  warn: (message: string) => void;
}

export interface SourceLock {
  /** Fires when a lock is lost. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/**
 * Throws `refused` while another process holds one of the stores. One that cannot be written to is no reason not to restore:
 * no backup can go there either.
 */
export async function lockSource(
  { locks }: AppContext,
  { job, stores, signal, warn }: LockSourceRequest,
): Promise<SourceLock> {
  const attempts = await Promise.allSettled(
    stores.map((store) => locks.hold(store, { operation: "restore in place", job, signal })),
  );
  const holds = attempts.flatMap((attempt): Hold[] =>
    attempt.status === "fulfilled" ? [attempt.value] : [],
  );
  const errors = attempts.flatMap((attempt) =>
    attempt.status === "rejected" ? [asError(attempt.reason)] : [],
  );
  const release = async (): Promise<void> => {
    await Promise.all(holds.map((hold) => hold.release()));
  };
  const fatal = errors.find((error) => signal.aborted || hasCode(error, "refused"));
  if (fatal !== undefined) {
    await release();
    throw fatal;
  }
  for (const error of errors) warn(`No backup can be kept from running meanwhile: ${error.message}`);
  return { signal: AbortSignal.any([signal, ...holds.map((hold) => hold.signal)]), release };
}
