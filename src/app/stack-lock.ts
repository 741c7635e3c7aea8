/**
 * The lock of a stack in a store, over the Store port alone. Whoever wants it puts an object of its own name and then looks
 * for others: of two that want it at once at least one sees the other, since listings are strong. Who sees
 * another takes its own back, waits a random moment and tries again.
 */
import { randomBytes } from "node:crypto";
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { SECOND, toIso } from "../domain/instant.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { Store } from "../ports/store.ts";
import { HeldLock } from "./held-lock.ts";
import { describeHolder, encodeLock, lockKey } from "./lock-object.ts";
import type { LockContent, LockMode, PointsInUse } from "./lock-object.ts";
import { LockWatch } from "./lock-watch.ts";
import type { SeenLock } from "./lock-watch.ts";
import { once } from "./small-object.ts";
import { within } from "./within.ts";

/** Between two looks at a lock that is held: random up to this, and at least a quarter of it. */
const LOOK_EVERY: Milliseconds = 2 * SECOND;
const CLAIM_LIMIT: Milliseconds = 15 * SECOND;

export interface LockRequest {
  stack: string;
  mode: LockMode;
  /** For the message to others, e.g. "backup of job data". */
  operation: string;
  /** Which points the run needs; default none. A reader that has not chosen yet says `all`. */
  using?: PointsInUse;
  /** How long a lock that is held is waited for; 0 refuses at once. */
  wait: Milliseconds;
  signal?: AbortSignal | undefined;
  /** Told of each dead holder whose lock was removed. */
  onTakenOver?: ((holder: string) => void) | undefined;
  onReleaseFailed?: ((error: Error) => void) | undefined;
}

/**
 * One instance serves a process: it takes a lock that bears this process's name but that it does not hold for one whose
 * release failed.
 */
export class StackLocks {
  readonly #clock: Clock;
  readonly #processes: ProcessTable;
  readonly #random: () => number;
  readonly #held = new Set<string>();
  readonly #watch: LockWatch;

  constructor(options: { clock: Clock; processes: ProcessTable; random: () => number }) {
    this.#clock = options.clock;
    this.#processes = options.processes;
    this.#random = options.random;
    this.#watch = new LockWatch({ ...options, isOurs: (key) => this.#held.has(key) });
  }

  /** Throws `refused`, naming the holder, when the lock is still held after `wait`. Not re-entrant. */
  async acquire(store: Store, request: LockRequest): Promise<HeldLock> {
    const deadline = this.#clock.monotonic() + request.wait;
    for (;;) {
      const { lock, key } = await this.#claim(store, request);
      try {
        const rivals = await this.#rivals(store, request, key);
        lock.check();
        if (rivals.length === 0) return lock;
        await lock.release();
        await this.#untilFree(store, request, { rivals, deadline });
      } catch (error) {
        await lock.release();
        throw error;
      }
    }
  }

  /** Ids of the points that running operations of any process need, or `all`. */
  async pointsInUse(store: Store, scope: { stack: string; signal?: AbortSignal }): Promise<PointsInUse> {
    const locks = await this.#watch.livingLocks(store, scope, undefined);
    const used = locks.flatMap(({ content }) => content?.using ?? "all");
    return used.includes("all") ? "all" : [...new Set(used)];
  }

  async #claim(store: Store, request: LockRequest): Promise<{ lock: HeldLock; key: string }> {
    const { stack, signal } = request;
    const key = lockKey(stack, randomBytes(8).toString("hex"));
    const content = this.#contentOf(request);
    this.#held.add(key);
    const startedAt = this.#clock.monotonic();
    const lock = (of = request) => new HeldLock(this.#heldOptions(store, of, { key, content }), startedAt);
    try {
      const what = `Locking stack ${stack} in store ${store.name}`;
      const limits = {
        clock: this.#clock,
        limit: CLAIM_LIMIT,
        what,
        ...(signal === undefined ? {} : { signal }),
      };
      const stored = await within(limits, (both) =>
        store.put(key, once(encodeLock(content)), { signal: both }),
      );
      this.#watch.setStoreClock(store, stored);
      return { lock: lock(), key };
    } catch (error) {
      // The answer may be lost and the object be there all the same. What failed is told by the error alone.
      await lock({ ...request, onReleaseFailed: undefined }).release();
      throw error;
    }
  }

  #contentOf({ mode, operation, using = [] }: LockRequest): LockContent {
    const now = toIso(this.#clock.now());
    return {
      format: 1,
      holder: this.#processes.self,
      operation,
      mode,
      using: using === "all" ? using : [...using],
      removing: [],
      acquiredAt: now,
      renewedAt: now,
      beat: 0,
    };
  }

  #heldOptions(store: Store, request: LockRequest, { key, content }: { key: string; content: LockContent }) {
    const { stack, onTakenOver, onReleaseFailed } = request;
    return {
      store,
      stack,
      key,
      content,
      clock: this.#clock,
      others: (signal: AbortSignal) => this.#watch.livingLocks(store, { stack, signal, onTakenOver }, key),
      onEnd: () => this.#held.delete(key),
      onReleaseFailed,
    };
  }

  /** Those who stand in the way, other than ourselves. A reader stands in nobody's way, nor does anybody in its. */
  async #rivals(store: Store, request: LockRequest, ownKey: string | undefined): Promise<SeenLock[]> {
    if (request.mode === "read") return [];
    const living = await this.#watch.livingLocks(store, request, ownKey);
    return living.filter(({ content }) => content?.mode !== "read");
  }

  /** Returns when the lock looks free; throws `refused` when it is still held at the deadline. */
  async #untilFree(
    store: Store,
    request: LockRequest,
    { rivals, deadline }: { rivals: SeenLock[]; deadline: Milliseconds },
  ): Promise<void> {
    for (let [rival] = rivals; rival !== undefined;) {
      const left = deadline - this.#clock.monotonic();
      if (left <= 0) throw refusal(store, request, rival);
      await this.#sleep(Math.min(left, LOOK_EVERY * (0.25 + 0.75 * this.#random())), request);
      [rival] = await this.#rivals(store, request, undefined);
    }
  }

  async #sleep(duration: Milliseconds, { stack, signal }: LockRequest): Promise<void> {
    try {
      await this.#clock.sleep(duration, { signal });
    } catch (error) {
      throw signal?.aborted === true ? cancellation(signal, `Waiting for the lock of stack ${stack}`) : error;
    }
  }
}

function refusal(store: Store, { stack, operation }: LockRequest, { key, content }: SeenLock): HoldfastError {
  const holder = describeHolder(content, `${store.name}:${key}`);
  return new HoldfastError("refused", {
    what: `Starting ${operation}`,
    why: `stack ${stack} in store ${store.name} is locked by ${holder}`,
    next: "wait until it has ended, or stop it",
  });
}
