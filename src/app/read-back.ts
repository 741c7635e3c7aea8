/** Reads a stored object again and compares it with what was sent: no store is believed (invariant 1). */
import { createHash } from "node:crypto";
import { HoldfastError } from "../domain/errors.ts";
import type { PointObject } from "../domain/recovery-point.ts";
import type { Store } from "../ports/store.ts";

/** Throws `damaged` when the stored bytes are not those of the object. */
export async function readBack(
  store: Store,
  prefix: string,
  object: PointObject,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of store.get(prefix + object.name, { signal })) {
    hash.update(chunk);
    size += chunk.byteLength;
  }
  if (size === object.size && hash.digest("hex") === object.sha256) return;
  throw new HoldfastError("damaged", {
    what: `Reading back ${store.name}:${prefix}${object.name}`,
    why:
      size === object.size
        ? "its digest is not that of what was written"
        : `it has ${size} bytes where ${object.size} were written`,
    next: "check the store's disk or service; the point was not committed there",
  });
}
