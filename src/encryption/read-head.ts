/** Reads what stands before the payload of an encrypted object, and tells what else it is where that is not what was written. */
import { hash } from "node:crypto";

import type { SealedObject } from "../ports/encryption.ts";
import type { ObjectReader } from "../ports/object-reader.ts";
import { notAsSealed } from "./sealed-error.ts";

/** What a head may take: some thousand recipients. */
const MAX_HEAD_BYTES = 1024 * 1024;

/** `length` follows from the sizes in the commit record, which another object's need not fit. Throws `damaged`. */
export async function readHead(
  stored: ObjectReader,
  { object, whoseHead }: SealedObject,
  { length, signal }: { length: number; signal: AbortSignal | undefined },
): Promise<Buffer> {
  if (object.contentSize === undefined || length <= 0 || length > MAX_HEAD_BYTES)
    throw notAsSealed(stored.name, "its size is not that of what its commit record tells of");
  const parts: Uint8Array[] = [];
  for await (const bytes of stored.read({ signal, range: { offset: 0, length } })) parts.push(bytes);
  const head = Buffer.concat(parts);
  const digest = hash("sha256", head);
  if (digest === object.headSha256) return head;
  const other = whoseHead?.(digest);
  throw notAsSealed(
    stored.name,
    other === undefined
      ? "its header is not the one it was written with: it is another version of the object, or damaged there"
      : `it is ${other}: objects were swapped`,
  );
}
