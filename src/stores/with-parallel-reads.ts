/**
 * A store that reads a long range over several connections, because one alone is slow to far away: in parts, a few ahead of the
 * reader, given out in order. All parts are of one object: the version is asked for before, and each part is of that version only.
 *
 * A whole object is read as it was: who knows how long it is asks for it as a range.
 */
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { DeleteOptions, GetOptions, PutOptions, Store, StoredObject } from "../ports/store.ts";
import { Backoff, type RetryOptions } from "../remote/backoff.ts";

const PART_BYTES = 8 * 2 ** 20;
/** Under way or waiting to be taken; as many parts are in memory at most. */
const CONNECTIONS = 4;
/** A shorter range is one request. */
const LEAST_PARTS = 2;
/** The network may be away for a minute and a half before a part that follows others is given up, as within one connection. */
const PATIENCE = { attempts: 9, initialDelay: SECOND / 2, maxDelay: 30 * SECOND };

export interface ParallelReadOptions extends RetryOptions {
  partBytes?: number;
  connections?: number;
}

interface WithSignal {
  signal?: AbortSignal | undefined;
}

/** For a store that tells versions apart; another one is left as it is. */
export function withParallelReads(store: Store, options: ParallelReadOptions): Store {
  return new ParallelReadStore(store, options);
}

interface Stretch {
  key: string;
  start: number;
  end: number;
  version: string;
}

class ParallelReadStore implements Store {
  readonly name: string;
  readonly kind: string;
  readonly #inner: Store;
  readonly #backoff: Backoff;
  readonly #partBytes: number;
  readonly #connections: number;

  constructor(inner: Store, options: ParallelReadOptions) {
    const { partBytes = PART_BYTES, connections = CONNECTIONS, ...retry } = options;
    this.name = inner.name;
    this.kind = inner.kind;
    this.#inner = inner;
    this.#backoff = new Backoff({ ...PATIENCE, ...retry });
    this.#partBytes = partBytes;
    this.#connections = connections;
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { range, signal } = options;
    const stretch =
      range === undefined || !this.#isLong(range.length) ? undefined : await this.#find(key, range, options);
    if (stretch === undefined) yield* this.#inner.get(key, options);
    else yield* this.#inParts(stretch, signal);
  }

  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject> {
    return this.#inner.put(key, body, options);
  }

  stat(key: string, options?: WithSignal): Promise<StoredObject | undefined> {
    return this.#inner.stat(key, options);
  }

  list(prefix: string, options?: WithSignal): AsyncIterable<StoredObject> {
    return this.#inner.list(prefix, options);
  }

  delete(key: string, options?: DeleteOptions): Promise<void> {
    return this.#inner.delete(key, options);
  }

  removeLeftovers(prefix: string, options?: WithSignal): Promise<number> {
    return this.#inner.removeLeftovers(prefix, options);
  }

  async inspect(options: WithSignal = {}): Promise<string[]> {
    return (await this.#inner.inspect?.(options)) ?? [];
  }

  space(): ReturnType<Store["space"]> {
    return this.#inner.space();
  }

  #isLong(length: number): boolean {
    return length > LEAST_PARTS * this.#partBytes;
  }

  /** Undefined for what is one request: also for what is not there, which that request tells best. */
  async #find(
    key: string,
    { offset, length }: { offset: number; length: number },
    { signal, version: wanted }: GetOptions,
  ): Promise<Stretch | undefined> {
    const { size = 0, version } = (await this.#inner.stat(key, { signal })) ?? {};
    const end = Math.min(offset + length, size);
    const isOther = wanted !== undefined && wanted !== version;
    if (version === undefined || isOther || !this.#isLong(end - offset)) return undefined;
    return { key, start: offset, end, version };
  }

  async *#inParts(
    stretch: Stretch,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const what = `Reading ${this.name}:${stretch.key}`;
    const over = new AbortController();
    const ended = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
    const parts: Part[] = [];
    let next = stretch.start;
    try {
      do {
        for (; next < stretch.end && parts.length < this.#connections; next += this.#partBytes) {
          const end = Math.min(next + this.#partBytes, stretch.end);
          parts.push(new Part(this.#read({ ...stretch, start: next, end }, stretch.start, ended)));
        }
        for await (const chunk of parts[0]?.chunks() ?? []) {
          yield chunk;
          if (signal?.aborted === true) throw cancellation(signal, what);
        }
        parts.shift();
      } while (parts.length > 0 || next < stretch.end);
    } finally {
      over.abort();
      await Promise.all(parts.map(({ settled }) => settled));
    }
  }

  /**
   * One part. The store itself goes on where it was cut; where it did not even begin, that is waited out here, unless it is
   * the first of all: whether to begin again is then for the caller to say.
   */
  async *#read(
    { key, start, end, version }: Stretch,
    first: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const range = { offset: start, length: end - start };
    let at = start;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const chunk of this.#inner.get(key, { signal, range, version })) {
          at += chunk.byteLength;
          yield chunk;
        }
        break;
      } catch (error) {
        if (at > start || start === first) throw error;
        await this.#backoff.waitOrThrow(error, attempt, signal);
      }
    }
    if (at === end) return;
    const why = `the store gave ${at - start} bytes of the ${end - start} that it was asked for`;
    throw new HoldfastError("store", { what: `Reading ${this.name}:${key}`, why, transient: true });
  }
}

/** Begins to be read at once, into memory, whether anybody takes it or not. */
class Part {
  /** When nothing is read any more. Never rejects. */
  readonly settled: Promise<void>;
  readonly #arrived: Uint8Array[] = [];
  #isWhole = false;
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.settled = this.#take(chunks);
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#arrived.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#failure !== undefined) throw this.#failure.error;
      else if (this.#isWhole) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #take(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of chunks) {
        this.#arrived.push(chunk);
        this.#wake();
      }
      this.#isWhole = true;
    } catch (error) {
      this.#failure = { error };
    }
    this.#wake();
  }
}
