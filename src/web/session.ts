/**
 * Who has signed in on the pages. The cookie is made from the token and kept nowhere: it outlives a restart, and another token ends it.
 * Forms carry a mark that only whoever has the cookie was given, so that no other site can send them.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { HOUR, SECOND, type Instant } from "../domain/instant.ts";

const LASTS = 12 * HOUR;

/** Cookies know no ports: each stack of a machine has a name of its own. */
export function cookieName(stack: string): string {
  return `holdfast_${createHash("sha256").update(stack).digest("hex").slice(0, 8)}`;
}

/** `<when it ends>.<random>.<proof>`. */
export function newSession(token: string, now: Instant): string {
  const claim = `${now + LASTS}.${randomBytes(12).toString("base64url")}`;
  return `${claim}.${proofOf(token, `session ${claim}`)}`;
}

/** The session that the Cookie header tells of; undefined without one, with one that ended, and with a forged one. */
export function sessionIn(
  cookies: string | undefined,
  { token, stack, now }: { token: string; stack: string; now: Instant },
): string | undefined {
  const start = `${cookieName(stack)}=`;
  const session = (cookies ?? "")
    .split(";")
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(start))
    ?.slice(start.length);
  const [, ends = "", random = "", proof = ""] =
    /^(\d{1,15})\.([\w-]{16})\.([\w-]{43})$/.exec(session ?? "") ?? [];
  const isOurs = isEqual(proof, proofOf(token, `session ${ends}.${random}`));
  return isOurs && Number(ends) > now ? session : undefined;
}

/** What each form of a session carries. */
export function formMark(session: string, token: string): string {
  return proofOf(token, `form ${session}`);
}

export function isFormMark(mark: string | null, session: string, token: string): boolean {
  return isEqual(mark ?? "", formMark(session, token));
}

/** No script reads it, and no other site sends it along. */
export function sessionCookie(stack: string, session: string, { isSecure }: { isSecure: boolean }): string {
  const lasts = session === "" ? 0 : LASTS / SECOND;
  const secure = isSecure ? "; Secure" : "";
  return `${cookieName(stack)}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${lasts}${secure}`;
}

function proofOf(token: string, claim: string): string {
  return createHmac("sha256", token).update(`holdfast ${claim}`).digest("base64url");
}

/** Digests have one length, so that the time tells nothing. */
export function isEqual(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
