/**
 * One stream to several stores, each at its own pace within a bounded buffer. The fastest that keep up set the pace of the run; one
 * that falls behind by more than the buffer, and costs the run more time than it may, is let go. The last one left is waited for.
 */
import { HoldfastError } from "../domain/errors.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Destination } from "./destination.ts";
import { SharedBuffer, type SharedChunk } from "./shared-buffer.ts";

const MIB = 1024 * 1024;
/** For all stores together. */
export const LAG_BUFFER = 32 * MIB;
/** Larger chunks are cut: so much of the buffer may be lost where it goes round its end. */
const LARGEST_PIECE = 1 / 8;

/** What one store may cost a run: this, and a quarter of the time that it has taken so far. */
export const LAG_LIMIT: Milliseconds = 30 * SECOND;
const LAG_SHARE = 0.25;

/** A store on its way through the stream. */
interface Follower {
  destination: Destination;
  /** Chunks that it has not taken yet. */
  pending: number;
  /** How long the run has waited for it while another store had nothing to do. */
  cost: Milliseconds;
}

/** One object's way to one store: what was put on it is taken in order. */
interface Lane {
  follower: Follower;
  sink: (chunk: Uint8Array) => Promise<void>;
  taken: Promise<void>;
}

export interface FanOutOptions {
  destinations: readonly Destination[];
  clock: Clock;
  /** In bytes, 8 at least. */
  buffer?: number;
}

export class FanOut {
  readonly #clock: Clock;
  readonly #startedAt: Milliseconds;
  readonly #followers: readonly Follower[];
  readonly #lanes: Lane[] = [];
  readonly #bufferSize: number;
  readonly #buffer: SharedBuffer<Follower>;
  #wakers: (() => void)[] = [];
  #hurries = 0;

  constructor({ destinations, clock, buffer = LAG_BUFFER }: FanOutOptions) {
    this.#clock = clock;
    this.#bufferSize = buffer;
    this.#buffer = new SharedBuffer(buffer);
    this.#startedAt = clock.monotonic();
    this.#followers = destinations.map((destination) => ({ destination, pending: 0, cost: 0 }));
  }

  /** The result takes the object's bytes; their memory is the caller's again once it has resolved. */
  openObject(name: string): (chunk: Uint8Array) => Promise<void> {
    const lanes = this.#followers.map((follower): Lane => {
      return { follower, sink: follower.destination.startUpload(name), taken: Promise.resolve() };
    });
    this.#lanes.push(...lanes);
    const piece = Math.floor(this.#bufferSize * LARGEST_PIECE);
    return async (chunk) => {
      for (let at = 0; at < chunk.byteLength; at += piece)
        await this.#write(lanes, chunk.subarray(at, at + piece));
    };
  }

  /** Until it is called back, no time is lost for a store that is behind: somebody is held still. */
  hurry(): () => void {
    this.#hurries++;
    this.#wake();
    return () => void this.#hurries--;
  }

  /** Resolves once the store has taken all that was written, or has failed. */
  async drained(destination: Destination): Promise<void> {
    const lanes = this.#lanes.filter(({ follower }) => follower.destination === destination);
    await Promise.all(lanes.map(({ taken }) => taken));
  }

  async #write(lanes: readonly Lane[], piece: Uint8Array): Promise<void> {
    for (;;) {
      const living = lanes.filter(({ follower }) => isAlive(follower));
      const [only, ...others] = living;
      if (only === undefined) return;
      if (others.length === 0) return this.#writeThrough(only, piece);
      const chunk = this.#buffer.put(
        piece,
        living.map(({ follower }) => follower),
      );
      if (chunk !== undefined) return living.forEach((lane) => this.#queue(lane, chunk));
      await this.#room();
    }
  }

  /** Nobody else needs a copy. */
  async #writeThrough({ taken, sink }: Lane, piece: Uint8Array): Promise<void> {
    await taken;
    await sink(piece);
  }

  #queue(lane: Lane, chunk: SharedChunk<Follower>): void {
    const { follower, sink } = lane;
    follower.pending++;
    lane.taken = lane.taken
      .then(() => sink(chunk.bytes))
      .then(() => {
        follower.pending--;
        chunk.letGo(follower);
        this.#wake();
      });
  }

  /** Waits for something to change in a full buffer, or changes it. */
  async #room(): Promise<void> {
    const isAnyIdle = this.#followers.some((follower) => isAlive(follower) && follower.pending === 0);
    const behind = [...this.#buffer.last].filter(isAlive);
    if (!isAnyIdle || behind.length === 0) return this.#change();
    const spent = behind.filter((follower) => this.#patienceWith(follower) <= 0);
    for (const { destination } of spent) destination.letGo(this.#lagging(destination));
    if (spent.length > 0) return this.#change();
    const since = this.#clock.monotonic();
    await this.#change(Math.ceil(Math.min(...behind.map((one) => this.#patienceWith(one)))));
    for (const follower of behind) follower.cost += this.#clock.monotonic() - since;
  }

  #patienceWith({ cost }: Follower): Milliseconds {
    if (this.#hurries > 0) return 0;
    return LAG_LIMIT + LAG_SHARE * (this.#clock.monotonic() - this.#startedAt) - cost;
  }

  #lagging({ store }: Destination): HoldfastError {
    const behind = `it was more than ${this.#bufferSize / MIB} MiB behind the other stores`;
    const why = this.#hurries > 0 ? `${behind} while services were held` : `${behind} for too long`;
    return new HoldfastError("timeout", { what: `Writing to store ${store.name}`, why, transient: true });
  }

  /** Resolves when a store has taken a chunk or a hurry begins; at the latest after the limit. */
  async #change(limit?: Milliseconds): Promise<void> {
    const changed = new Promise<void>((resolve) => this.#wakers.push(resolve));
    if (limit === undefined) return changed;
    const over = new AbortController();
    try {
      await Promise.race([changed, this.#clock.sleep(limit, { signal: over.signal, unref: true })]);
    } finally {
      over.abort();
    }
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}

function isAlive({ destination }: Follower): boolean {
  return destination.failure === undefined;
}
