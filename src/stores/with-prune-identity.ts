/**
 * A store with two identities: the daily one reads and adds, and need not be able to do more; whatever takes something away (a
 * delete, a replacement) is done by the other one.
 */
import type { DeleteOptions, GetOptions, PutOptions, Store, StoredObject } from "../ports/store.ts";

interface WithSignal {
  signal?: AbortSignal | undefined;
}

/** Both are of one place. */
export function withPruneIdentity(daily: Store, pruner: Store): Store {
  return new TwoIdentities(daily, pruner);
}

class TwoIdentities implements Store {
  readonly name: string;
  readonly kind: string;
  readonly #daily: Store;
  readonly #pruner: Store;

  constructor(daily: Store, pruner: Store) {
    this.name = daily.name;
    this.kind = daily.kind;
    this.#daily = daily;
    this.#pruner = pruner;
  }

  put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredObject> {
    return (options.replace === true ? this.#pruner : this.#daily).put(key, body, options);
  }

  get(key: string, options?: GetOptions): AsyncIterable<Uint8Array> {
    return this.#daily.get(key, options);
  }

  stat(key: string, options?: WithSignal): Promise<StoredObject | undefined> {
    return this.#daily.stat(key, options);
  }

  list(prefix: string, options?: WithSignal): AsyncIterable<StoredObject> {
    return this.#daily.list(prefix, options);
  }

  delete(key: string, options?: DeleteOptions): Promise<void> {
    return this.#pruner.delete(key, options);
  }

  /** Who puts knows which of its uploads are under way. */
  removeLeftovers(prefix: string, options?: WithSignal): Promise<number> {
    return this.#daily.removeLeftovers(prefix, options);
  }

  async inspect(options: WithSignal = {}): Promise<string[]> {
    const told = await Promise.all(
      [this.#daily, this.#pruner].map(async (store) => (await store.inspect?.(options)) ?? []),
    );
    return [...new Set(told.flat())];
  }

  space(): ReturnType<Store["space"]> {
    return this.#daily.space();
  }
}
