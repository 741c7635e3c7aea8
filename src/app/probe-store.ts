/** Tries a store as a backup and a restore will use it, on one small object beside the jobs, which is gone afterwards. */
import { randomBytes, randomUUID } from "node:crypto";
import { asError, hasCode, HoldfastError, isRefusedForGood } from "../domain/errors.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import { stackPrefix } from "../domain/recovery-point.ts";
import type { GetOptions, Store, StoredObject } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { once } from "./small-object.ts";
import { within } from "./within.ts";

const SIZE = 4096;
const PART = { offset: 1000, length: 2000 };
/** For all of it. */
const PROBE_LIMIT: Milliseconds = 2 * MINUTE;
const REMOVAL_LIMIT: Milliseconds = 5000;

export interface Probe {
  stored: StoredObject;
  /** Why the store does not let go of what was written. */
  keptBecause: string | undefined;
  /** The identity may not delete. */
  refused: HoldfastError | undefined;
}

export function probePrefix(stack: string): string {
  return `${stackPrefix(stack)}.probe/`;
}

/** Throws what the store does otherwise than it has to; that it does not delete is for the caller to judge. */
export async function probeStore(
  { stack, clock }: Pick<AppContext, "stack" | "clock">,
  store: Store,
  signal: AbortSignal,
): Promise<Probe> {
  const key = probePrefix(stack) + randomUUID();
  const what = `Trying store ${store.name}`;
  try {
    return await within({ clock, limit: PROBE_LIMIT, what, signal }, (both) => tryOut(store, key, both));
  } catch (error) {
    await within({ clock, limit: REMOVAL_LIMIT, what }, (last) => store.delete(key, { signal: last })).catch(
      () => undefined,
    );
    throw asError(error);
  }
}

async function tryOut(store: Store, key: string, signal: AbortSignal): Promise<Probe> {
  const content = randomBytes(SIZE);
  const stored = await store.put(key, once(content), { signal });
  await assertCreateOnly(store, key, signal);
  if (!(await read(store, key, { signal })).equals(content))
    throw broken(store, "it gave back something else than was written");
  const part = content.subarray(PART.offset, PART.offset + PART.length);
  if (!(await read(store, key, { signal, range: PART })).equals(part))
    throw broken(store, "of a part of an object it gave back something else");
  if (!(await isListed(store, key, signal))) throw broken(store, "it does not list what was written");
  try {
    await store.delete(key, { signal });
  } catch (error) {
    if (hasCode(error, "retained")) return { stored, keptBecause: error.facts.why, refused: undefined };
    if (isRefusedForGood(error)) return { stored, keptBecause: undefined, refused: error };
    throw error;
  }
  if ((await store.stat(key, { signal })) !== undefined) throw broken(store, "it still has what was deleted");
  return { stored, keptBecause: undefined, refused: undefined };
}

/** Another object of that name: were it taken, one run could overwrite what another has written. */
async function assertCreateOnly(store: Store, key: string, signal: AbortSignal): Promise<void> {
  try {
    await store.put(key, once(Buffer.from("another")), { signal });
  } catch (error) {
    if (hasCode(error, "already-exists")) return;
    throw error;
  }
  throw broken(store, "it took a second object of the name of the first");
}

async function read(store: Store, key: string, options: GetOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of store.get(key, options)) {
    chunks.push(Buffer.from(chunk));
    size += chunk.byteLength;
    if (size > SIZE) throw broken(store, "it gave back more than was written");
  }
  return Buffer.concat(chunks);
}

async function isListed(store: Store, key: string, signal: AbortSignal): Promise<boolean> {
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  for await (const object of store.list(folder, { signal })) if (object.key === key) return true;
  return false;
}

function broken(store: Store, why: string): HoldfastError {
  return new HoldfastError("store", {
    what: `Trying store ${store.name}`,
    why,
    next: "do not trust it with backups",
  });
}
