/** A store in this process's memory: a real adapter, held to the same contract as the others. For tests and trials. */
import { cancellation, HoldfastError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { GetOptions, PutOptions, Store, StoredObject } from "../../ports/store.ts";
import { cancellable } from "../cancellable.ts";
import { assertKeyPrefix, assertObjectKey, compareKeys } from "../object-key.ts";

const READ_BYTES = 64 * 1024;

interface WithSignal {
  signal?: AbortSignal | undefined;
}

interface Held {
  bytes: Uint8Array;
  modifiedAt: number;
  version: string;
}

export class MemoryStore implements Store {
  readonly name: string;
  readonly kind = "memory";
  readonly #clock: Clock;
  readonly #objects = new Map<string, Held>();
  #puts = 0;

  constructor(options: { name: string; clock: Clock }) {
    this.name = options.name;
    this.#clock = options.clock;
  }

  async put(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { signal, replace = false }: PutOptions = {},
  ): Promise<StoredObject> {
    const what = `Writing ${this.name}:${key}`;
    assertObjectKey(key);
    throwIfAborted(signal, what);
    if (!replace) this.#assertAbsent(key, what);
    const chunks: Uint8Array[] = [];
    for await (const chunk of cancellable(body, signal, what)) chunks.push(new Uint8Array(chunk));
    throwIfAborted(signal, what);
    if (!replace) this.#assertAbsent(key, what);
    const version = String((this.#puts += 1));
    const held = { bytes: Buffer.concat(chunks), modifiedAt: this.#clock.now(), version };
    this.#objects.set(key, held);
    return describe(key, held);
  }

  async *get(
    key: string,
    { signal, range, version }: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const what = `Reading ${this.name}:${key}`;
    assertObjectKey(key);
    throwIfAborted(signal, what);
    const held = this.#objects.get(key);
    if (held === undefined || (version ?? held.version) !== held.version)
      throw new HoldfastError("not-found", { what, why: "there is no such object" });
    const end = Math.min((range?.offset ?? 0) + (range?.length ?? Infinity), held.bytes.byteLength);
    for (let at = range?.offset ?? 0; at < end; at += READ_BYTES) {
      throwIfAborted(signal, what);
      yield new Uint8Array(held.bytes.subarray(at, Math.min(at + READ_BYTES, end)));
    }
  }

  async stat(key: string, { signal }: WithSignal = {}): Promise<StoredObject | undefined> {
    assertObjectKey(key);
    throwIfAborted(signal, `Looking at ${this.name}:${key}`);
    const held = this.#objects.get(key);
    return held === undefined ? undefined : describe(key, held);
  }

  async *list(prefix: string, { signal }: WithSignal = {}): AsyncGenerator<StoredObject, void, undefined> {
    const what = `Listing ${this.name}:${prefix}`;
    assertKeyPrefix(prefix);
    throwIfAborted(signal, what);
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    for (const key of keys) {
      throwIfAborted(signal, what);
      const held = this.#objects.get(key);
      if (held !== undefined) yield describe(key, held);
    }
  }

  async delete(key: string, { signal }: WithSignal = {}): Promise<void> {
    assertObjectKey(key);
    throwIfAborted(signal, `Deleting ${this.name}:${key}`);
    this.#objects.delete(key);
  }

  /** An unfinished put is only a local variable here: nothing is ever left over. */
  async removeLeftovers(prefix: string, { signal }: WithSignal = {}): Promise<number> {
    assertKeyPrefix(prefix);
    throwIfAborted(signal, `Removing leftovers of ${this.name}:${prefix}`);
    return 0;
  }

  async space(): Promise<undefined> {
    return undefined;
  }

  #assertAbsent(key: string, what: string): void {
    if (!this.#objects.has(key)) return;
    throw new HoldfastError("already-exists", { what, why: "an object of that key is there already" });
  }
}

function describe(key: string, { bytes, modifiedAt, version }: Held): StoredObject {
  return { key, size: bytes.byteLength, modifiedAt, version };
}

function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw cancellation(signal, what);
}
