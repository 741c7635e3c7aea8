/**
 * One store's share of a backup, from the first byte to the commit record. It fails by itself, and says so by its `failure`: none of
 * the others is touched by it (invariant 5), nor waits for it for long (fan-out.ts).
 */
import { createHash } from "node:crypto";
import { asError, hasCode } from "../domain/errors.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import { COMMIT_RECORD, type CommitRecord, type PointObject } from "../domain/recovery-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import { Channel } from "./channel.ts";
import { encodeCommitRecord } from "./commit-record.ts";
import { readBack } from "./read-back.ts";
import type { Comparison } from "./secret-digest.ts";
import { once } from "./small-object.ts";
import { within } from "./within.ts";

/** A store that neither takes nor gives anything for this long is given up for the run. */
export const STALL_LIMIT: Milliseconds = 5 * MINUTE;

/** For taking back what was written. Well under the 10 s in which a cancelled process ends. */
const REMOVAL_LIMIT: Milliseconds = 5000;

/** Where a point is to go. */
export interface BackupStore {
  store: Store;
  /** Of the stack in this store: `check` throws, and `signal` fires, when it is lost. */
  lock: { readonly signal: AbortSignal; check(): void };
}

export interface DestinationOptions extends BackupStore {
  /** Key prefix of the point, ending in a slash. */
  prefix: string;
  clock: Clock;
  /** Cancels the run. */
  signal: AbortSignal;
}

interface Upload {
  name: string;
  channel: Channel;
  done: Promise<unknown>;
}

export class Destination {
  readonly #options: DestinationOptions;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #uploads: Upload[] = [];
  /** Names that another writer had taken: their objects are not ours to remove. */
  readonly #foreign = new Set<string>();
  #failure: Error | undefined;

  constructor(options: DestinationOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, options.lock.signal, this.#abort.signal]);
  }

  get store(): Store {
    return this.#options.store;
  }

  /** Why this store has no point, once it is known. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * The result takes the object's bytes, one chunk at a time, and resolves when the store is done with the chunk; it drops them
   * once the store has failed.
   */
  startUpload(name: string): (chunk: Uint8Array) => Promise<void> {
    const channel = new Channel();
    const done = this.store
      .put(this.#options.prefix + name, channel, { signal: this.#signal })
      .catch((error: unknown) => {
        if (hasCode(error, "already-exists")) this.#foreign.add(name);
        this.#giveUp(error);
      });
    this.#uploads.push({ name, channel, done });
    return async (chunk) => {
      const piece = this.store.pieceBytes ?? chunk.byteLength;
      for (let at = 0; at < chunk.byteLength && this.#failure === undefined; at += piece)
        await this.#attempt("Writing", () => channel.write(chunk.subarray(at, at + piece)));
    };
  }

  /**
   * The source has ended well: ends the objects, reads them back, and commits. Never rejects. `bytes` are the commit record's,
   * where they are given already: those of a copy are the original's.
   */
  async complete(
    record: CommitRecord,
    {
      comparisonOf,
      bytes,
    }: { comparisonOf?: (object: PointObject) => Comparison | undefined; bytes?: Uint8Array } = {},
  ): Promise<void> {
    for (const { channel } of this.#uploads) channel.end();
    await this.#attempt("Writing", () => Promise.all(this.#uploads.map(({ done }) => done)));
    await this.#attemptUnbounded(async () => {
      for (const object of record.objects)
        await this.#readBack(object, {
          record,
          comparison: comparisonOf?.(object),
        });
      // A process that was stopped for a while may wake up here without its lock, and without its objects.
      this.#options.lock.check();
    });
    if (this.#failure === undefined) await this.#commit(bytes ?? encodeCommitRecord(record));
    else await this.#takeBack();
  }

  /** The others do not wait for it any longer. */
  letGo(error: Error): void {
    this.#giveUp(error);
  }

  /** The source has failed: no upload may end as if it were whole. Removes what is there. Never rejects. */
  async abandon(error: unknown): Promise<void> {
    this.#giveUp(error);
    await this.#takeBack();
  }

  /** Once it has failed: an upload that is on its way out may have put its object still. */
  async #takeBack(): Promise<void> {
    await this.#inTime(() => Promise.all(this.#uploads.map(({ done }) => done)));
    await this.#removeObjects();
  }

  /** The commit record is written last; a lost answer is settled by looking at what is stored. */
  async #commit(bytes: Uint8Array): Promise<void> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const object = { name: COMMIT_RECORD, size: bytes.length, sha256 };
    let unanswered: Error | undefined;
    try {
      const put = () =>
        this.store.put(this.#options.prefix + COMMIT_RECORD, once(bytes), {
          signal: this.#signal,
        });
      await within(this.#bounds("Committing to"), put);
    } catch (error) {
      unanswered = asError(error);
    }
    await this.#attemptUnbounded(async () => {
      try {
        await this.#readBack(object);
      } catch (error) {
        throw unanswered ?? error;
      }
    });
    if (this.#failure !== undefined) await this.#withdraw();
  }

  /**
   * Takes a point back whose commit could not be confirmed: the commit record goes first, and if it cannot go, the objects
   * stay, so that a point which is listed after all is also restorable.
   */
  async #withdraw(): Promise<void> {
    const gone = await this.#inTime((signal) =>
      this.store.delete(this.#options.prefix + COMMIT_RECORD, { signal }).then(() => true),
    );
    if (gone === true) await this.#removeObjects();
  }

  /** Best effort: what stays behind has no commit record and is removed by the next run. */
  async #removeObjects(): Promise<void> {
    const ours = this.#uploads.filter(({ name }) => !this.#foreign.has(name));
    await this.#inTime((signal) =>
      Promise.allSettled(ours.map(({ name }) => this.store.delete(this.#options.prefix + name, { signal }))),
    );
  }

  #readBack(
    object: PointObject,
    options: {
      record?: CommitRecord;
      comparison?: Comparison | undefined;
    } = {},
  ): Promise<void> {
    const { prefix } = this.#options;
    return readBack(this.store, {
      prefix,
      object,
      ...options,
      signal: this.#signal,
      bounds: this.#bounds("Reading back from"),
    });
  }

  /** One step that a store may stall; its failure is this store's. */
  async #attempt(what: string, step: () => Promise<unknown>): Promise<void> {
    await this.#attemptUnbounded(() => within(this.#bounds(`${what} to`), step));
  }

  async #attemptUnbounded(step: () => Promise<unknown>): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await step();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #bounds(what: string): { clock: Clock; limit: Milliseconds; what: string } {
    return {
      clock: this.#options.clock,
      limit: STALL_LIMIT,
      what: `${what} store ${this.store.name}`,
    };
  }

  async #inTime<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const bounds = {
      clock: this.#options.clock,
      limit: REMOVAL_LIMIT,
      what: `Cleaning up store ${this.store.name}`,
    };
    return within(bounds, step).catch(() => undefined);
  }

  #giveUp(error: unknown): void {
    this.#failure ??= asError(error);
    this.#abort.abort(this.#failure);
    for (const { channel } of this.#uploads) channel.fail(this.#failure);
  }
}
