/** Bodies for stores, and what comes back from them. */
import { createHash } from "node:crypto";
import type { Store, StoredObject } from "../../src/ports/store.ts";

export async function* bodyOf(
  ...chunks: (string | Uint8Array)[]
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

/** Bytes that look random but depend on their position only, cut into chunks of the given sizes in turn. */
export async function* patternBody(
  size: number,
  chunkSizes: number[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0, turn = 0; at < size; turn++) {
    const length = Math.min(chunkSizes[turn % chunkSizes.length] ?? 1, size - at);
    yield patternBytes(at, length);
    at += length;
  }
}

export function patternBytes(offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = Math.imul(offset + at, 0x9e3779b1) >>> 24;
  return bytes;
}

export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return (await bytesOf(chunks)).toString("utf8");
}

export async function sha256Of(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

export async function listed(store: Store, prefix = ""): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of store.list(prefix)) objects.push(object);
  return objects;
}

export async function keysOf(store: Store, prefix = ""): Promise<string[]> {
  return (await listed(store, prefix)).map(({ key }) => key);
}
