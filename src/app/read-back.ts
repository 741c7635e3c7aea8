/** Reads a stored object again and compares it with what was sent: no store is believed (invariant 1). */
import { createHash } from "node:crypto";
import { HoldfastError } from "../domain/errors.ts";
import type { CommitRecord, PointObject } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";
import { chunksInTime, type ChunkBounds } from "./chunks-in-time.ts";
import { examineObject } from "./examine-object.ts";
import type { Comparison } from "./secret-digest.ts";
import { within } from "./within.ts";

export interface ReadBackOptions {
  /** Key prefix of the point, ending in a slash. */
  prefix: string;
  object: PointObject;
  /** Of the bytes that were written; by default, by the object's SHA-256. */
  comparison?: Comparison | undefined;
  signal: AbortSignal;
  /** The point's commit record, where there is one yet: another object of it may stand in this one's place. */
  record?: CommitRecord | undefined;
  bounds: ChunkBounds;
}

/** Throws `damaged` when the stored bytes are not those of the object. */
export async function readBack(store: Store, options: ReadBackOptions): Promise<void> {
  const { prefix, object, signal, bounds } = options;
  const comparison = options.comparison ?? bySha256(object.sha256);
  let size = 0;
  for await (const chunk of chunksInTime(
    store.get(prefix + object.name, { signal, transient: true }),
    bounds,
  )) {
    comparison.update(chunk);
    size += chunk.byteLength;
  }
  if (size === object.size && comparison.matches()) return;
  const why = (await whatHappened(store, options)) ?? whatIsSeen(size, object);
  throw new HoldfastError("damaged", {
    what: `Reading back ${store.name}:${prefix}${object.name}`,
    why: `it ${why}`,
    next: "check the store's disk or service; the point was not committed there",
  });
}

function whatIsSeen(size: number, object: PointObject): string {
  return size === object.size
    ? "does not have the digest of what was written"
    : `has ${size} bytes where ${object.size} were written`;
}

/** As a verify tells it: the object is read once more. Undefined where the store does not give it, or gives the right bytes now. */
async function whatHappened(
  store: Store,
  { record, object, signal, bounds }: ReadBackOptions,
): Promise<string | undefined> {
  if (record === undefined) return undefined;
  try {
    const what = { store, record, object, siblings: [] };
    const damage = await within({ ...bounds, signal }, (stop) => examineObject(what, stop));
    return damage?.why ?? "was not what was written when it was read first, and is when it is read again";
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

function bySha256(expected: string): Comparison {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    matches: () => hash.digest("hex") === expected,
  };
}
