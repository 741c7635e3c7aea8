/**
 * The locks of this process: runs that go on side by side in one daemon share one write lock a store, which is let go with the
 * last of them. What keeps their jobs apart is the run queue.
 */
import { messageOf } from "../domain/errors.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Store } from "../ports/store.ts";
import type { HeldLock } from "./held-lock.ts";
import type { StackLocks } from "./stack-lock.ts";

export interface HeldLocksOptions {
  locks: StackLocks;
  stack: string;
  /** How long a lock of another process is waited for. */
  wait: Milliseconds;
  /** Told of dead holders whose locks were taken over, and of locks that could not be removed. Must not throw. */
  onEvent: (message: string) => void;
}

export interface Hold {
  /** Fires when the lock is lost: the run must end. */
  readonly signal: AbortSignal;
  /** Says which points are about to be deleted, and gives those of them that somebody uses. */
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

interface Shared {
  lock: Promise<HeldLock>;
  holders: number;
}

export class HeldLocks {
  readonly #options: HeldLocksOptions;
  readonly #shared = new Map<string, Shared>();

  constructor(options: HeldLocksOptions) {
    this.#options = options;
  }

  /** Throws `refused`, naming the holder, when another process still holds it after the wait. */
  async hold(store: Store, { operation, signal }: { operation: string; signal: AbortSignal }): Promise<Hold> {
    const shared = this.#shared.get(store.name) ?? {
      lock: this.#acquire(store, operation, signal),
      holders: 0,
    };
    this.#shared.set(store.name, shared);
    shared.holders++;
    try {
      const lock = await shared.lock;
      let released: Promise<void> | undefined;
      return {
        signal: lock.signal,
        claimForRemoval: (points) => lock.claimForRemoval(points),
        release: () => (released ??= this.#letGo(store, shared)),
      };
    } catch (error) {
      await this.#letGo(store, shared);
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
        onTakenOver: (holder) => onEvent(`The lock of ${holder}, which has died, was removed.`),
        onReleaseFailed: (error) => onEvent(error.message),
      });
      try {
        await lock.use(points);
      } catch (error) {
        await lock.release();
        throw error;
      }
      return { signal: lock.signal, warning: undefined, release: () => lock.release() };
    } catch (error) {
      signal.throwIfAborted();
      const warning = `${store.name} is read without a lock: ${messageOf(error)}`;
      return { signal, warning, release: async () => undefined };
    }
  }

  /** Ids of the points that running operations of any process need, or `all`. */
  async pointsInUse(store: Store, signal: AbortSignal): Promise<readonly string[] | "all"> {
    return this.#options.locks.pointsInUse(store, { stack: this.#options.stack, signal });
  }

  #acquire(store: Store, operation: string, signal: AbortSignal): Promise<HeldLock> {
    const { locks, stack, wait, onEvent } = this.#options;
    return locks.acquire(store, {
      ...{ stack, operation, wait, signal },
      mode: "write",
      onTakenOver: (holder) => onEvent(`The lock of ${holder}, which has died, was taken over.`),
      onReleaseFailed: (error) => onEvent(error.message),
    });
  }

  async #letGo(store: Store, shared: Shared): Promise<void> {
    shared.holders--;
    if (shared.holders > 0) return;
    if (this.#shared.get(store.name) === shared) this.#shared.delete(store.name);
    const lock = await shared.lock.catch(() => undefined);
    await lock?.release();
  }
}
