/**
 * The objects of one lock. Where a store lets us, it is one: replaced by each renewal, deleted at its end. Where the store keeps
 * what it has (a retention policy, an identity that may only add), each renewal is an object more, and so is the end.
 */
import { hasCode, isRefusedForGood } from "../domain/errors.ts";
import type { Store, StoredObject } from "../ports/store.ts";
import { endKey, encodeLock, renewalKey } from "./lock-object.ts";
import type { LockContent } from "./lock-object.ts";
import { once } from "./small-object.ts";

interface WithSignal {
  signal: AbortSignal | undefined;
}

export class LockTrail {
  readonly #store: Store;
  readonly #key: string;
  /** Keys of renewals that could not replace the lock's own object. */
  readonly #added: string[] = [];

  constructor(store: Store, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** False once somebody has ended it, or removed it. */
  async isThere({ signal }: WithSignal): Promise<boolean> {
    const [own, end] = await Promise.all(
      [this.#key, endKey(this.#key)].map((key) => this.#store.stat(key, { signal })),
    );
    return own !== undefined && end === undefined;
  }

  async renew(content: LockContent, { signal }: WithSignal): Promise<StoredObject> {
    const bytes = encodeLock(content);
    if (this.#added.length > 0) return this.#add(content, bytes, signal);
    try {
      return await this.#store.put(this.#key, once(bytes), { signal, replace: true });
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      return this.#add(content, bytes, signal);
    }
  }

  /** Idempotent. */
  end({ signal }: WithSignal): Promise<void> {
    return endLock(this.#store, { key: this.#key, keys: [this.#key, ...this.#added] }, { signal });
  }

  async #add(
    content: LockContent,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<StoredObject> {
    const key = renewalKey(this.#key, content.beat);
    const stored = await this.#store.put(key, once(bytes), { signal });
    this.#added.push(key);
    return stored;
  }
}

/**
 * Deletes the objects of a lock; where the store refuses that, it is marked as ended instead, which whoever may delete takes away
 * later. `keys`: all that it has.
 */
export async function endLock(
  store: Store,
  { key, keys }: { key: string; keys: readonly string[] },
  { signal }: WithSignal,
): Promise<void> {
  try {
    for (const each of keys) await store.delete(each, { signal, hide: true });
  } catch (error) {
    if (!isRefusedForGood(error)) throw error;
    await store.put(endKey(key), once(Buffer.from("{}\n")), { signal }).catch((failure: unknown) => {
      if (!hasCode(failure, "already-exists")) throw failure;
    });
  }
}
