/**
 * A store whose passing troubles are waited out: transient errors of stat, list, delete, space and of get before its
 * first byte are tried again, with exponential backoff and jitter.
 *
 * Not retried: `put`, whose body is a stream that cannot be replayed (the run's own retry makes a new one), what is
 * left of a `get` after its first byte, and `removeLeftovers`, whose count would be lost.
 */
import type { DeleteOptions, GetOptions, PutOptions, Store, StoredObject } from "../ports/store.ts";
import { Backoff, type RetryOptions } from "../remote/backoff.ts";
import { compareKeys } from "./object-key.ts";

interface WithSignal {
  signal?: AbortSignal | undefined;
}

export function withRetry(store: Store, options: RetryOptions): Store {
  return new RetryingStore(store, new Backoff(options));
}

class RetryingStore implements Store {
  readonly name: string;
  readonly kind: string;
  readonly pieceBytes: number | undefined;
  readonly #inner: Store;
  readonly #backoff: Backoff;

  constructor(inner: Store, backoff: Backoff) {
    this.name = inner.name;
    this.kind = inner.kind;
    this.pieceBytes = inner.pieceBytes;
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

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.#again(() => this.#inner.delete(key, options), options.signal);
  }

  removeLeftovers(prefix: string, options?: WithSignal): Promise<number> {
    return this.#inner.removeLeftovers(prefix, options);
  }

  space(): Promise<{ freeBytes: number; totalBytes: number } | undefined> {
    return this.#again(() => this.#inner.space(), undefined);
  }

  inspect(options: WithSignal = {}): Promise<string[]> {
    return this.#again(async () => (await this.#inner.inspect?.(options)) ?? [], options.signal);
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
