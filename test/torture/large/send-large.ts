/** Streams of many GiB and many thousands of objects through a store: what comes back is what was sent, and nothing is lost. */
import { createHash } from "node:crypto";
import type { Store } from "../../../src/ports/store.ts";

const CHUNK_BYTES = 2 ** 20;
const GIB = 2 ** 30;
export const OBJECTS_PER_GIB = 2000;
const AT_ONCE = 20;

/** A sentence for each thing that is wrong. */
export async function sendLarge(store: Store, gibibytes: number): Promise<string[]> {
  const [size, count] = [Math.round(gibibytes * GIB), Math.round(gibibytes * OBJECTS_PER_GIB)];
  return [...(await sendStream(store, size)), ...(await sendObjects(store, count))];
}

async function sendStream(store: Store, size: number): Promise<string[]> {
  const sent = createHash("sha256");
  const stored = await store.put("stream", generated(size, sent));
  const got = createHash("sha256");
  // As a range, which is read over several connections where the store does that.
  const range = { offset: 0, length: size + 1 };
  for await (const chunk of store.get("stream", { range, transient: true })) got.update(chunk);
  await store.delete("stream");
  const problems = stored.size === size ? [] : [`${size} bytes were sent and ${stored.size} are there`];
  if (sent.digest("hex") !== got.digest("hex")) problems.push("what was read is not what was sent");
  return problems;
}

/** In one buffer, each chunk another. */
async function* generated(size: number, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    chunk.fill(`${at} `);
    const part = chunk.subarray(0, Math.min(CHUNK_BYTES, size - at));
    hash.update(part);
    yield part;
  }
}

export async function sendObjects(store: Store, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `stack/job/${String(index).padStart(6, "0")}`);
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => store.put(key, text(key))));
  }
  const listed: string[] = [];
  for await (const { key } of store.list("stack/")) listed.push(key);
  return listed.join() === keys.join()
    ? []
    : [`${listed.length} of ${count} objects are listed, or in disorder`];
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}
