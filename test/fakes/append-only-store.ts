/** A store whose identity, or whose bucket, lets nobody delete or replace what is there. */
import { HoldfastError } from "../../src/domain/errors.ts";
import type { DeleteOptions, PutOptions, Store, StoredObject } from "../../src/ports/store.ts";

export const MISSING_RIGHT = "the right storage.objects.delete on the bucket is missing";

/** Another view of the same objects: what is refused is refused to whoever works through it. */
export function appendOnly(store: Store, error: (what: string) => Error = missingRight): Store {
  const assertAbsent = async (key: string, what: string) => {
    if ((await store.stat(key)) !== undefined) throw error(what);
  };
  return {
    name: store.name,
    kind: store.kind,
    async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredObject> {
      if (options.replace === true) await assertAbsent(key, `Writing ${store.name}:${key}`);
      return store.put(key, body, options);
    },
    get: (key, options) => store.get(key, options),
    stat: (key, options) => store.stat(key, options),
    list: (prefix, options) => store.list(prefix, options),
    delete: (key: string, _options?: DeleteOptions) => assertAbsent(key, `Deleting ${store.name}:${key}`),
    removeLeftovers: async () => 0,
    space: () => store.space(),
  };
}

function missingRight(what: string): HoldfastError {
  return new HoldfastError("store", { what, why: MISSING_RIGHT, next: "grant it" });
}
