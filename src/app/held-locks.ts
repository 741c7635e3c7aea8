/**
 * The locks of this process: runs that go on side by side in one daemon share one write lock a store, which is let go with the
 * last of them. What keeps their jobs apart is the run queue.
 */
import { cancellation, hasCode, HoldfastError, messageOf } from "../domain/errors.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { TellEvent } from "../domain/stack-event.ts";
import type { Store } from "../ports/store.ts";
import type { HeldLock } from "./held-lock.ts";
import type { StackLocks } from "./stack-lock.ts";

export interface HeldLocksOptions {
  locks: StackLocks;
  stack: string;
  /** How long a lock of another process is waited for. */
  wait: Milliseconds;
  /** Told of dead holders whose locks were taken over, and of locks that could not be removed. Must not throw. */
  onEvent: TellEvent;
}

export interface Hold {
  /** Fires when the lock is lost: the run must end. */
  readonly signal: AbortSignal;
  /** Throws when the lock is lost: before anything that cannot be undone. */
  check(): void;
  /** Says which points the job is about to delete, and gives those of them that somebody uses. */
  claimForRemoval(points: readonly string[]): Promise<Set<string>>;
  release(): Promise<void>;
}

export interface Use {
  /** Fires when the lock is lost. */
  readonly signal: AbortSignal;
  /** Why there is no lock: reading goes on without one. */
  readonly warning: string | undefined;
  release(): Promise<void>;
}

/** One lock of the process: being acquired, held by some runs, or being released. */
interface Shared {
  lock: Promise<HeldLock>;
  holders: number;
  /** Ends the acquisition once nobody waits for it any more. */
  giveUp: AbortController;
  /** Set when the last holder has let go: a new lock is acquired only after it. */
  released?: Promise<void>;
}

export class HeldLocks {
  readonly #options: HeldLocksOptions;
  readonly #shared = new Map<string, Shared>();

  constructor(options: HeldLocksOptions) {
    this.#options = options;
  }

  /** Throws `refused`, naming the holder, when another process still holds it after the wait. `job` is whose run it is. */
  async hold(
    store: Store,
    { operation, job, signal }: { operation: string; job: string; signal: AbortSignal },
  ): Promise<Hold> {
    const shared = await this.#join(store, `${operation} of job ${job}`);
    let released: Promise<void> | undefined;
    const release = () => (released ??= this.#letGo(store, shared));
    try {
      const lock = await unlessCancelled(shared.lock, signal, `Locking store ${store.name}`);
      return {
        signal: lock.signal,
        check: () => lock.check(),
        claimForRemoval: (points) => lock.claimForRemoval(points, job),
        release,
      };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Names the points that a restore, verify or drill reads, so that nobody prunes them. A store that takes no lock is read without. */
  async use(
    store: Store,
    { operation, points, signal }: { operation: string; points: readonly string[]; signal: AbortSignal },
  ): Promise<Use> {
    const { locks, stack, onEvent } = this.#options;
    try {
      const lock = await locks.acquire(store, {
        ...{ stack, operation, signal, wait: 0 },
        mode: "read",
        using: "all",
        // One that stays is in nobody's way, and no news beside what went wrong.
        onTakenOver: (holder) =>
          onEvent({ kind: "cleaned", text: `The lock of ${holder}, which has died, was removed.` }),
      });
      return await this.#using(lock, points);
    } catch (error) {
      if (signal.aborted || hasCode(error, "refused")) throw error;
      const warning = `${store.name} is read without a lock: ${messageOf(error)}`;
      return { signal, warning, release: async () => undefined };
    }
  }

  /** Ids of the points that running operations of any process need, or `all`. */
  async pointsInUse(store: Store, signal: AbortSignal): Promise<readonly string[] | "all"> {
    return this.#options.locks.pointsInUse(store, { stack: this.#options.stack, signal });
  }

  async #using(lock: HeldLock, points: readonly string[]): Promise<Use> {
    try {
      await lock.use(points);
      return { signal: lock.signal, warning: undefined, release: () => lock.release() };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Becomes a holder of the store's lock, which may still be on its way. */
  async #join(store: Store, operation: string): Promise<Shared> {
    for (;;) {
      const shared = this.#shared.get(store.name);
      if (shared?.released === undefined) {
        const joined = shared ?? this.#acquire(store, operation);
        this.#shared.set(store.name, joined);
        joined.holders++;
        return joined;
      }
      await shared.released;
    }
  }

  #acquire(store: Store, operation: string): Shared {
    const { locks, stack, wait, onEvent } = this.#options;
    const giveUp = new AbortController();
    const lock = locks.acquire(store, {
      ...{ stack, operation, wait, signal: giveUp.signal },
      mode: "write",
      onTakenOver: (holder) =>
        onEvent({ kind: "cleaned", text: `The lock of ${holder}, which has died, was taken over.` }),
      onReleaseFailed: (error) => onEvent({ kind: "trouble", text: error.message }),
    });
    lock.catch(() => undefined);
    return { lock, giveUp, holders: 0 };
  }

  #letGo(store: Store, shared: Shared): Promise<void> {
    shared.holders--;
    if (shared.holders > 0) return Promise.resolve();
    shared.released = this.#end(store, shared);
    return shared.released;
  }

  async #end(store: Store, shared: Shared): Promise<void> {
    shared.giveUp.abort(
      new HoldfastError("cancelled", { what: "Waiting for a lock", why: "nobody needs it any more" }),
    );
    const lock = await shared.lock.catch(() => undefined);
    await lock?.release();
    this.#shared.delete(store.name);
  }
}

/** One holder's cancellation does not end an acquisition that others wait for. */
async function unlessCancelled<T>(work: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  const over = new AbortController();
  const cancelled = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(cancellation(signal, what));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    over.abort();
  }
}
