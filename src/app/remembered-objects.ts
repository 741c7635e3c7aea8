/** Parsed small objects by store and key, so that each listing reads only what is new. Bounded by their stored bytes. */
import type { StoredObject } from "../ports/store.ts";

interface Remembered {
  size: number;
  modifiedAt: number;
  version: string | undefined;
  value: unknown;
}

export class RememberedObjects {
  readonly #limit: number;
  /** In order of last use, the longest unused first. */
  readonly #entries = new Map<string, Remembered>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value that was made of this very object, or what `read` now makes of it. A rejection is not remembered. */
  async get<T>(store: string, object: StoredObject, read: () => Promise<T>): Promise<T> {
    const name = nameOf(store, object.key);
    const known = this.#entries.get(name);
    this.#drop(name);
    const isSame =
      known?.size === object.size &&
      known.modifiedAt === object.modifiedAt &&
      known.version === object.version;
    const value = isSame ? (known.value as T) : await read();
    this.#drop(name);
    const { size, modifiedAt, version } = object;
    this.#entries.set(name, { size, modifiedAt, version, value });
    this.#bytes += size;
    this.#shrink();
    return value;
  }

  /** Forgets what a complete listing of the prefix does not show any more. */
  reconcile(store: string, prefix: string, isListed: (key: string) => boolean): void {
    const start = nameOf(store, prefix);
    for (const name of [...this.#entries.keys()]) {
      if (name.startsWith(start) && !isListed(name.slice(nameOf(store, "").length))) this.#drop(name);
    }
  }

  #shrink(): void {
    for (const name of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.#drop(name);
    }
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#bytes -= entry.size;
    this.#entries.delete(name);
  }
}

/** Store names hold no line break. */
function nameOf(store: string, key: string): string {
  return `${store}\n${key}`;
}
