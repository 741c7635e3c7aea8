/** Reads a stored object again and compares it with what was sent: no store is believed (invariant 1). */
import { createHash } from "node:crypto";
import { HoldfastError } from "../domain/errors.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { PointObject } from "../domain/recovery-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import type { Comparison } from "./secret-digest.ts";
import { within } from "./within.ts";

export interface ReadBackOptions {
  /** Key prefix of the point, ending in a slash. */
  prefix: string;
  object: PointObject;
  /** Of the bytes that were written; by default, by the object's SHA-256. */
  comparison?: Comparison | undefined;
  signal: AbortSignal;
  /** How long the store may take for each chunk, and what to say when it takes longer. */
  bounds: { clock: Clock; limit: Milliseconds; what: string };
}

/** Throws `damaged` when the stored bytes are not those of the object. */
export async function readBack(store: Store, options: ReadBackOptions): Promise<void> {
  const { prefix, object, signal, bounds } = options;
  const comparison = options.comparison ?? bySha256(object.sha256);
  let size = 0;
  const chunks = store.get(prefix + object.name, { signal, transient: true })[Symbol.asyncIterator]();
  for (;;) {
    const next = await within(bounds, () => chunks.next());
    if (next.done === true) break;
    comparison.update(next.value);
    size += next.value.byteLength;
  }
  if (size === object.size && comparison.matches()) return;
  throw new HoldfastError("damaged", {
    what: `Reading back ${store.name}:${prefix}${object.name}`,
    why:
      size === object.size
        ? "its digest is not that of what was written"
        : `it has ${size} bytes where ${object.size} were written`,
    next: "check the store's disk or service; the point was not committed there",
  });
}

function bySha256(expected: string): Comparison {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), matches: () => hash.digest("hex") === expected };
}
