/** What one listing of a store knows of its small objects already: in memory, or from the local copies, which are read when they are first needed. */
import type { StoredObject } from "../ports/store.ts";
import type { CachedText, TextCache } from "../ports/text-cache.ts";
import type { RememberedObjects } from "./remembered-objects.ts";

/** The local copies are written anew when they are more than twice as many as the objects that there are, and this many. */
const SPARE = 64;

export interface Reading<T> {
  read: () => Promise<string>;
  /** Throws for what is no such object. */
  parse: (text: string) => T;
}

export class Recall {
  readonly #store: string;
  readonly #remembered: RememberedObjects;
  readonly #cache: TextCache;
  readonly #new: CachedText[] = [];
  #kept: Promise<Map<string, CachedText>> | undefined;

  constructor(store: string, remembered: RememberedObjects, cache: TextCache) {
    this.#store = store;
    this.#remembered = remembered;
    this.#cache = cache;
  }

  /** The value that was made of this very object, or what is now made of it. A rejection is not remembered. */
  async get<T>(object: StoredObject, reading: Reading<T>): Promise<T> {
    return this.#remembered.get(this.#store, object, () => this.#valueOf(object, reading));
  }

  /** Keeps what was read. `listed` are the keys of all objects that there are; undefined where only a part was listed. */
  async end(listed: ReadonlySet<string> | undefined): Promise<void> {
    const kept = await this.#kept;
    if (kept !== undefined && listed !== undefined && kept.size > 2 * listed.size + SPARE) {
      for (const text of this.#new) kept.set(text.key, text);
      const left = [...kept.values()].filter(({ key }) => listed.has(key));
      return this.#cache.keep(this.#store, left, { replace: true });
    }
    if (this.#new.length > 0) await this.#cache.keep(this.#store, this.#new, { replace: false });
  }

  /** Only what its store tells apart by more than its time and size is taken from a copy: a file can be written to unseen. */
  async #valueOf<T>({ key, version }: StoredObject, { read, parse }: Reading<T>): Promise<T> {
    if (version === undefined) return parse(await read());
    this.#kept ??= this.#cache.load(this.#store);
    const kept = (await this.#kept).get(key);
    if (kept?.version === version) {
      try {
        return parse(kept.text);
      } catch {
        // The copy may be what is damaged.
      }
    }
    const text = await read();
    const value = parse(text);
    this.#new.push({ key, version, text });
    return value;
  }
}

/** For whoever looks once. */
export const NO_CACHE: TextCache = {
  load: async () => new Map(),
  keep: async () => undefined,
};
