/**
 * Writes one recovery point to several stores at once: each byte is produced once and goes to all of them. A store that fails,
 * or accepts nothing for too long, drops out by itself (invariant 5). Nothing is committed here: when `finish`
 * has resolved, the objects are in the store, were read back, and are what was sent.
 */
import { createHash, type Hash } from "node:crypto";
import { asError, HoldfastError, messageOf } from "../domain/errors.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { PointObject } from "../domain/recovery-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { ByteSink } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import { Channel } from "./channel.ts";
import { readBack } from "./read-back.ts";

/** Bytes queued per store and object before the source has to wait for the store. */
const QUEUE_LIMIT = 8 * 1024 * 1024;

/** A store that accepts nothing for this long is given up for the run. */
const STALL_LIMIT: Milliseconds = 5 * MINUTE;

export interface PointWriterOptions {
  stores: readonly Store[];
  /** Key prefix of the point, ending in a slash. */
  prefix: string;
  clock: Clock;
  signal: AbortSignal;
}

interface Upload {
  name: string;
  channel: Channel;
  done: Promise<unknown>;
}

/** One store's share of the point. */
interface Destination {
  store: Store;
  abort: AbortController;
  uploads: Upload[];
  failure: Error | undefined;
}

export class PointWriter {
  readonly #options: PointWriterOptions;
  readonly #destinations: Destination[];
  readonly #objects = new Map<string, { hash: Hash; size: number }>();

  constructor(options: PointWriterOptions) {
    this.#options = options;
    this.#destinations = options.stores.map((store) => ({
      store,
      abort: new AbortController(),
      uploads: [],
      failure: undefined,
    }));
  }

  /** Encoded bytes accepted so far, over all objects. */
  get bytes(): number {
    return [...this.#objects.values()].reduce((sum, { size }) => sum + size, 0);
  }

  openObject(name: string): ByteSink {
    if (this.#objects.has(name)) {
      throw new HoldfastError("internal", { what: `Opening object ${name}`, why: "it was opened twice" });
    }
    const object = { hash: createHash("sha256"), size: 0 };
    this.#objects.set(name, object);
    const sinks = this.#destinations.map((destination) => this.#startUpload(destination, name));
    return {
      write: async (chunk) => {
        object.hash.update(chunk);
        object.size += chunk.byteLength;
        await Promise.all(sinks.map((sink) => sink(chunk)));
        this.#options.signal.throwIfAborted();
        this.#throwIfNoneIsLeft();
      },
    };
  }

  /** Ends the objects, waits for every store, reads back. Resolves with what each store has; rejects when none has. */
  async finish(): Promise<{ objects: PointObject[]; failures: Map<Store, Error> }> {
    const objects = [...this.#objects].map(([name, { hash, size }]) => ({
      name,
      size,
      sha256: hash.digest("hex"),
    }));
    await Promise.all(this.#destinations.map((destination) => this.#complete(destination, objects)));
    this.#options.signal.throwIfAborted();
    this.#throwIfNoneIsLeft();
    const failures = new Map<Store, Error>();
    for (const { store, failure } of this.#destinations)
      if (failure !== undefined) failures.set(store, failure);
    return { objects, failures };
  }

  /** Ends every upload with the error, so that no store takes a cut stream for a whole one, and removes what is there. */
  async abandon(error: unknown): Promise<void> {
    await Promise.all(
      this.#destinations.map(async (destination) => {
        for (const { channel } of destination.uploads) channel.fail(error);
        destination.abort.abort(error);
        await Promise.allSettled(destination.uploads.map(({ done }) => done));
        await this.#removeObjects(destination);
      }),
    );
  }

  #startUpload(destination: Destination, name: string): (chunk: Uint8Array) => Promise<void> {
    const channel = new Channel(QUEUE_LIMIT);
    const signal = AbortSignal.any([this.#options.signal, destination.abort.signal]);
    const done = destination.store
      .put(this.#options.prefix + name, channel, { signal })
      .catch((error: unknown) => {
        this.#giveUp(destination, error);
      });
    destination.uploads.push({ name, channel, done });
    return async (chunk) => {
      if (destination.failure !== undefined) return;
      await this.#unlessStalled(destination, channel.write(chunk));
    };
  }

  async #unlessStalled(destination: Destination, write: Promise<void>): Promise<void> {
    const watch = new AbortController();
    const stalled = this.#options.clock.sleep(STALL_LIMIT, { signal: watch.signal, unref: true }).then(
      () => true,
      () => false,
    );
    const outcome = await Promise.race([write.then(() => false), stalled]);
    watch.abort();
    if (!outcome) return;
    const error = new HoldfastError("store", {
      what: `Writing to store ${destination.store.name}`,
      why: `it accepted nothing for ${STALL_LIMIT / MINUTE} minutes`,
      next: "run `holdfast doctor` to check the store",
      transient: true,
    });
    this.#giveUp(destination, error);
  }

  async #complete(destination: Destination, objects: PointObject[]): Promise<void> {
    for (const { channel } of destination.uploads) channel.end();
    await Promise.all(destination.uploads.map(({ done }) => done));
    if (destination.failure === undefined) {
      try {
        for (const object of objects) {
          await readBack(destination.store, this.#options.prefix, object, this.#options.signal);
        }
      } catch (error) {
        this.#giveUp(destination, error);
      }
    }
    if (destination.failure !== undefined) await this.#removeObjects(destination);
  }

  #giveUp(destination: Destination, error: unknown): void {
    destination.failure ??= asError(error);
    destination.abort.abort(error);
    for (const { channel } of destination.uploads) channel.fail(error);
  }

  /** Best effort: what stays behind has no commit record and is removed by the next run. */
  async #removeObjects({ store, uploads }: Destination): Promise<void> {
    const signal = AbortSignal.timeout(REMOVAL_LIMIT);
    await Promise.allSettled(
      uploads.map(({ name }) => store.delete(this.#options.prefix + name, { signal })),
    );
  }

  #throwIfNoneIsLeft(): void {
    const [first, ...rest] = this.#destinations.map(({ failure }) => failure);
    if (first === undefined || rest.includes(undefined)) return;
    if (rest.length === 0) throw first;
    const reasons = this.#destinations.map(({ store, failure }) => `${store.name}: ${messageOf(failure)}`);
    throw new HoldfastError("store", {
      what: `Writing to all ${reasons.length} stores`,
      why: reasons.join(" "),
      cause: first,
      transient: this.#destinations.every(
        ({ failure }) => failure instanceof HoldfastError && failure.transient,
      ),
    });
  }
}

/** Well under the 10 s in which a cancelled process ends. */
const REMOVAL_LIMIT: Milliseconds = 5000;
