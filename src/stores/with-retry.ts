/**
 * A store whose passing troubles are waited out: transient errors of stat, list, delete, space and of get before its
 * first byte are tried again, with exponential backoff and jitter.
 *
 * Not retried: `put`, whose body is a stream that cannot be replayed (the run's own retry makes a new one), what is
 * left of a `get` after its first byte, and `removeLeftovers`, whose count would be lost.
 */
import type { Milliseconds } from "../domain/instant.ts";
import { cancellation, HoldfastError } from "../domain/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { GetOptions, PutOptions, Store, StoredObject } from "../ports/store.ts";
import { compareKeys } from "./object-key.ts";

export interface RetryOptions {
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** All attempts, the first included. */
  attempts?: number;
  initialDelay?: Milliseconds;
  maxDelay?: Milliseconds;
}

interface WithSignal {
  signal?: AbortSignal | undefined;
}

export function withRetry(store: Store, options: RetryOptions): Store {
  return new RetryingStore(store, new Backoff(options));
}

class RetryingStore implements Store {
  readonly name: string;
  readonly kind: string;
  readonly #inner: Store;
  readonly #backoff: Backoff;

  constructor(inner: Store, backoff: Backoff) {
    this.name = inner.name;
    this.kind = inner.kind;
    this.#inner = inner;
    this.#backoff = backoff;
  }

  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject> {
    return this.#inner.put(key, body, options);
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    let started = false;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const chunk of this.#inner.get(key, options)) {
          started = true;
          yield chunk;
        }
        return;
      } catch (error) {
        if (started) throw error;
        await this.#backoff.waitOrThrow(error, attempt, options.signal);
      }
    }
  }

  stat(key: string, options: WithSignal = {}): Promise<StoredObject | undefined> {
    return this.#again(() => this.#inner.stat(key, options), options.signal);
  }

  /** Goes on after the last key it yielded, since a listing is in ascending order. Progress renews the attempts. */
  async *list(prefix: string, options: WithSignal = {}): AsyncGenerator<StoredObject, void, undefined> {
    let last: string | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const object of this.#inner.list(prefix, options)) {
          if (last !== undefined && compareKeys(object.key, last) <= 0) continue;
          last = object.key;
          attempt = 1;
          yield object;
        }
        return;
      } catch (error) {
        await this.#backoff.waitOrThrow(error, attempt, options.signal);
      }
    }
  }

  delete(key: string, options: WithSignal = {}): Promise<void> {
    return this.#again(() => this.#inner.delete(key, options), options.signal);
  }

  removeLeftovers(prefix: string, options?: WithSignal): Promise<number> {
    return this.#inner.removeLeftovers(prefix, options);
  }

  space(): Promise<{ freeBytes: number; totalBytes: number } | undefined> {
    return this.#again(() => this.#inner.space(), undefined);
  }

  async #again<T>(action: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        await this.#backoff.waitOrThrow(error, attempt, signal);
      }
    }
  }
}

class Backoff {
  readonly #options: Required<RetryOptions>;

  constructor(options: RetryOptions) {
    this.#options = { attempts: 5, initialDelay: 500, maxDelay: 15_000, ...options };
  }

  /** Returns when it is time for the next attempt; throws the error when there shall be none. */
  async waitOrThrow(error: unknown, attempt: number, signal: AbortSignal | undefined): Promise<void> {
    const { attempts, initialDelay, maxDelay, clock, random } = this.#options;
    const passing = error instanceof HoldfastError && error.transient;
    if (!passing || attempt >= attempts || signal?.aborted === true) throw error;
    const full = Math.min(maxDelay, initialDelay * 2 ** (attempt - 1));
    // Between half and all of it: callers that failed together do not come back together.
    await sleep(clock, full * (0.5 + random() / 2), signal);
  }
}

async function sleep(clock: Clock, duration: Milliseconds, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(duration, { signal });
  } catch (interruption) {
    throw signal?.aborted === true ? cancellation(signal, "Waiting for the store") : interruption;
  }
}
