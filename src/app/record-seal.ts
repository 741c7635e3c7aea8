/**
 * The digest that a stored JSON object carries of the rest of itself: a changed byte is found also where the changed value
 * would be as good as any other, as in a time or a count.
 */
import { createHash } from "node:crypto";

const SEAL = "recordSha256";

export function sealed(record: object): object {
  return { ...record, [SEAL]: digestOf(record) };
}

/** Only of what bears a seal: a record without one is as valid as its values are. */
export function isSealBroken(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !(SEAL in value)) return false;
  const { [SEAL]: seal, ...rest } = value;
  return seal !== digestOf(rest);
}

/** JSON keeps the order of its keys, and every reader sees those that it does not know, so all get the same text. */
function digestOf(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
