/** Compares a bearer token in constant time. */
import { createHash, timingSafeEqual } from "node:crypto";

/** Digests have one length, so neither the time nor an early return tells anything about the token. */
export function isAuthorized(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digestOf(given), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
