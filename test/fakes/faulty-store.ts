/**
 * A store that fails, lies, hangs or is slow on demand, per method and call number, around any real one. Without a fault
 * it changes nothing.
 */
import { cancellation, HoldfastError } from "../../src/domain/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { GetOptions, PutOptions, Store, StoredObject } from "../../src/ports/store.ts";

export type StoreMethod = "put" | "get" | "stat" | "list" | "delete" | "removeLeftovers" | "space";

export type Fault =
  /** Fails before anything is done. */
  | { kind: "throw-before"; error?: Error }
  /** Does it all, then fails: a lost answer. Of get and list: after so many chunks or objects, default all. */
  | { kind: "throw-after"; error?: Error; items?: number }
  /** Silently stores (put) or delivers (get) only the first bytes. */
  | { kind: "cut-body"; at: number }
  /** Silently flips the lowest bit of the byte at this offset. */
  | { kind: "flip-byte"; at: number }
  /** Silently does not store (put) or not delete (delete), or hides all (list, stat). */
  | { kind: "drop" }
  /** The disk is full after so many bytes of the body. */
  | { kind: "no-space"; after: number }
  /** Never answers until the signal fires. */
  | { kind: "hang" }
  /** Answers after this time of the clock. */
  | { kind: "slow"; duration: number };

export interface FaultPlan {
  /** The first call that is hit, counted from 1; default the next one. */
  call?: number;
  /** How many of the calls in a row are hit; default 1. */
  times?: number;
  /** Only calls on such keys or prefixes are hit and counted. */
  key?: RegExp;
}

interface Injection {
  method: StoreMethod;
  fault: Fault;
  key: RegExp;
  first: number;
  times: number;
  seen: number;
}

/** What a network says when it has a bad moment. */
export function transientError(what = "Talking to the store"): HoldfastError {
  return new HoldfastError("store", { what, why: "the connection was reset", transient: true });
}

export class FaultyStore implements Store {
  readonly name: string;
  readonly kind: string;
  readonly #inner: Store;
  readonly #clock: Clock | undefined;
  readonly #injections: Injection[] = [];
  readonly #calls: { method: StoreMethod; key: string }[] = [];

  /** The clock is needed for `slow` only. */
  constructor(inner: Store, clock?: Clock) {
    this.name = inner.name;
    this.kind = inner.kind;
    this.#inner = inner;
    this.#clock = clock;
  }

  inject(method: StoreMethod, fault: Fault, { call = 1, times = 1, key = /^/ }: FaultPlan = {}): this {
    this.#injections.push({ method, fault, key, first: call, times, seen: 0 });
    return this;
  }

  /** The keys or prefixes that a method was called with, in order. */
  callsOf(method: StoreMethod): string[] {
    return this.#calls.filter((call) => call.method === method).map((call) => call.key);
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredObject> {
    const fault = await this.#enter("put", key, options.signal);
    if (fault?.kind === "drop") {
      return { key, size: await sizeOf(body), modifiedAt: this.#clock?.now() ?? 0 };
    }
    const counter = { bytes: 0 };
    const stored = await this.#inner.put(key, distort(counted(body, counter), fault), options);
    this.#leave(fault);
    return { ...stored, size: counter.bytes };
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const fault = await this.#enter("get", key, options.signal);
    yield* failAfter(distort(this.#inner.get(key, options), fault), fault);
  }

  async stat(key: string, options: { signal?: AbortSignal | undefined } = {}) {
    const fault = await this.#enter("stat", key, options.signal);
    const found = await this.#inner.stat(key, options);
    this.#leave(fault);
    return fault?.kind === "drop" ? undefined : found;
  }

  async *list(prefix: string, options: { signal?: AbortSignal | undefined } = {}) {
    const fault = await this.#enter("list", prefix, options.signal);
    if (fault?.kind === "drop") return;
    yield* failAfter(this.#inner.list(prefix, options), fault);
  }

  async delete(key: string, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const fault = await this.#enter("delete", key, options.signal);
    if (fault?.kind !== "drop") await this.#inner.delete(key, options);
    this.#leave(fault);
  }

  async removeLeftovers(prefix: string, options: { signal?: AbortSignal | undefined } = {}) {
    const fault = await this.#enter("removeLeftovers", prefix, options.signal);
    const removed = await this.#inner.removeLeftovers(prefix, options);
    this.#leave(fault);
    return removed;
  }

  async space() {
    const fault = await this.#enter("space", "", undefined);
    const space = await this.#inner.space();
    this.#leave(fault);
    return space;
  }

  /** Counts the call, picks its fault, and acts where that comes before the work. */
  async #enter(
    method: StoreMethod,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<Fault | undefined> {
    this.#calls.push({ method, key });
    const fault = this.#faultOf(method, key);
    if (fault?.kind === "throw-before") throw fault.error ?? transientError();
    if (fault?.kind === "hang") await untilAborted(signal);
    if (fault?.kind === "slow") await this.#clock?.sleep(fault.duration, { signal });
    return fault;
  }

  #faultOf(method: StoreMethod, key: string): Fault | undefined {
    let hit: Fault | undefined;
    for (const injection of this.#injections) {
      if (injection.method !== method || !injection.key.test(key)) continue;
      injection.seen++;
      const { seen, first, times, fault } = injection;
      if (seen >= first && seen < first + times) hit ??= fault;
    }
    return hit;
  }

  #leave(fault: Fault | undefined): void {
    if (fault?.kind === "throw-after") throw fault.error ?? transientError();
  }
}

async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(cancellation(signal ?? { reason: undefined }, "Waiting for the store"));
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

async function sizeOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of body) size += chunk.byteLength;
  return size;
}

async function* counted(body: AsyncIterable<Uint8Array>, counter: { bytes: number }) {
  for await (const chunk of body) {
    counter.bytes += chunk.byteLength;
    yield chunk;
  }
}

async function* failAfter<T>(items: AsyncIterable<T>, fault: Fault | undefined) {
  const limit = fault?.kind === "throw-after" ? (fault.items ?? Infinity) : Infinity;
  let count = 0;
  for await (const item of items) {
    if (count++ >= limit) break;
    yield item;
  }
  if (fault?.kind === "throw-after") throw fault.error ?? transientError();
}

/** The body as the fault leaves it. It is read to its end in any case: its producer notices nothing. */
async function* distort(body: AsyncIterable<Uint8Array>, fault: Fault | undefined) {
  let offset = 0;
  for await (const chunk of body) {
    const end = offset + chunk.byteLength;
    if (fault?.kind === "no-space" && end > fault.after) throw diskFull();
    if (fault?.kind === "cut-body") yield chunk.subarray(0, Math.max(0, fault.at - offset));
    else if (fault?.kind === "flip-byte" && fault.at >= offset && fault.at < end) {
      yield flipped(chunk, fault.at - offset);
    } else yield chunk;
    offset = end;
  }
}

function flipped(chunk: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(chunk);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function diskFull(): HoldfastError {
  return new HoldfastError("no-space", {
    what: "Writing to the store",
    why: "the disk is full (0 bytes free)",
  });
}
