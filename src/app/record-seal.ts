/**
 * The digest that a stored JSON object carries of the rest of itself: a changed byte is found also where the changed value
 * would be as good as any other, as in a time or a count.
 */
import { createHash } from "node:crypto";

const SEAL = "recordSha256";

export function sealed(record: object): object {
  return { ...record, [SEAL]: digestOf(record) };
}

/** Only of what bears a seal, also under a name that was damaged: a record without one is as valid as its values are. */
export function isSealBroken(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!(SEAL in value)) {
    return Object.entries(value).some(
      ([key, held]) => isDigest(held) && held === digestOf(without(value, key)),
    );
  }
  return value[SEAL] !== digestOf(without(value, SEAL));
}

/**
 * True when the text of a sealed record is not, byte for byte, what was written: also where the change means nothing to a
 * reader, such as one blank for another.
 */
export function isSealedTextChanged(text: string): boolean {
  const value: unknown = JSON.parse(text);
  const isSealed = typeof value === "object" && value !== null && SEAL in value;
  return isSealed && text !== sealedText(value);
}

/** How a sealed object is written. */
export function sealedText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function isDigest(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function without(value: object, key: string): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

/** JSON keeps the order of its keys, and every reader sees those that it does not know, so all get the same text. */
function digestOf(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
