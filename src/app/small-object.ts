/** Small JSON objects in a store: written from bytes, read whole into memory, but never more than a limit. */
import { HoldfastError } from "../domain/errors.ts";
import type { Store } from "../ports/store.ts";

/** A commit record with a thousand warnings is about 1 MB; anything beyond this is not one. */
const MAX_BYTES = 16 * 1024 * 1024;

export async function readText(
  store: Store,
  key: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return textOf(store.get(key, { signal }), `${store.name}:${key}`);
}

/** `name` says in messages whose it is. */
export async function textOf(content: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) {
      const what = `Reading ${name}`;
      throw new HoldfastError("damaged", { what, why: `it is larger than ${MAX_BYTES} bytes` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
