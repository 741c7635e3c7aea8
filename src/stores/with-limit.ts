/**
 * A store whose transfers share a bandwidth: what is put and what is got goes through one bucket of bytes, at the rate that holds at
 * that moment. Smooth: at most an eighth of a second's worth passes at once.
 */
import { cancellation } from "../domain/errors.ts";
import { MINUTE, SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { Rate } from "../domain/rate-limit.ts";
import type { Clock } from "../ports/clock.ts";
import type { DeleteOptions, GetOptions, PutOptions, Store, StoredObject } from "../ports/store.ts";

export interface LimitOptions {
  clock: Clock;
  /** Constant within each minute of the clock. */
  rateAt: (now: Instant) => Rate;
}

interface WithSignal {
  signal?: AbortSignal | undefined;
}

/** What may pass at once. */
const BURST: Milliseconds = SECOND / 8;

/** Takes less than a second by itself at the lowest rate, and a minute and a half beside a hundred others. */
const PIECE_BYTES = 64 * 1024;

/** At the start of each transfer so much is not waited for, only counted: a lock must not stand behind a backup. */
const AHEAD_BYTES = 4096;

export function withLimit(store: Store, options: LimitOptions): Store {
  return new LimitedStore(store, new Bucket(options));
}

class LimitedStore implements Store {
  readonly name: string;
  readonly kind: string;
  readonly pieceBytes = PIECE_BYTES;
  readonly #inner: Store;
  readonly #bucket: Bucket;

  constructor(inner: Store, bucket: Bucket) {
    this.name = inner.name;
    this.kind = inner.kind;
    this.#inner = inner;
    this.#bucket = bucket;
  }

  put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredObject> {
    const what = `Writing ${this.name}:${key}`;
    return this.#inner.put(key, paced(body, this.#bucket, { signal: options.signal, what }), options);
  }

  get(key: string, options: GetOptions = {}): AsyncIterable<Uint8Array> {
    const what = `Reading ${this.name}:${key}`;
    return paced(this.#inner.get(key, options), this.#bucket, { signal: options.signal, what });
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
}

interface Pacing {
  signal: AbortSignal | undefined;
  what: string;
}

async function* paced(
  chunks: AsyncIterable<Uint8Array>,
  bucket: Bucket,
  pacing: Pacing,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ahead = AHEAD_BYTES;
  for await (const chunk of chunks) {
    const free = Math.min(ahead, chunk.byteLength);
    ahead -= free;
    if (free > 0) {
      bucket.count(free);
      yield chunk.subarray(0, free);
    }
    for (let at = free; at < chunk.byteLength;) {
      const length = await bucket.take(chunk.byteLength - at, pacing);
      yield chunk.subarray(at, at + length);
      at += length;
    }
  }
}

/** Each taker books the time that its bytes need; the next one waits until that is over. */
class Bucket {
  readonly #options: LimitOptions;
  /** Monotonic. */
  #busyUntil: Milliseconds = 0;

  constructor(options: LimitOptions) {
    this.#options = options;
  }

  /** Lets bytes pass at once; others wait the longer for them. */
  count(bytes: number): void {
    const { clock, rateAt } = this.#options;
    const rate = rateAt(clock.now());
    if (rate === undefined) return;
    this.#busyUntil = Math.max(this.#busyUntil, clock.monotonic()) + (bytes * SECOND) / rate;
  }

  /** Waits until some of the bytes may pass, and says how many. */
  async take(wanted: number, { signal, what }: Pacing): Promise<number> {
    const { clock, rateAt } = this.#options;
    for (;;) {
      if (signal?.aborted === true) throw cancellation(signal, what);
      const [now, at] = [clock.monotonic(), clock.now()];
      const rate = rateAt(at);
      if (rate === undefined) return wanted;
      const wait = this.#busyUntil - now;
      if (wait <= 0) {
        const granted = Math.min(wanted, Math.max(1, Math.floor((rate * BURST) / SECOND)));
        this.#busyUntil = now + (granted * SECOND) / rate;
        return granted;
      }
      await clock.sleep(Math.min(wait, MINUTE - (at % MINUTE)), { signal }).catch((error: unknown) => {
        throw signal?.aborted === true ? cancellation(signal, what) : error;
      });
    }
  }
}
