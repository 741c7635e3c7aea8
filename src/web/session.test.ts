import { describe, expect, it } from "vitest";
import { HOUR } from "../domain/instant.ts";
import { cookieName, formMark, isFormMark, newSession, sessionCookie, sessionIn } from "./session.ts";

const TOKEN = "a-token-of-the-config";
const SESSION = newSession(TOKEN, 1000);
const reading = (cookies: string | undefined, changes: Partial<Parameters<typeof sessionIn>[1]> = {}) =>
  sessionIn(cookies, { token: TOKEN, stack: "shop", now: 2000, ...changes });
const cookie = `${cookieName("shop")}=${SESSION}`;

describe("a session", () => {
  it("is found among other cookies", () => {
    expect(reading(`a=b; ${cookie}; c=d`)).toBe(SESSION);
    expect(reading(undefined)).toBeUndefined();
    expect(reading("a=b")).toBeUndefined();
  });

  it("ends after 12 hours, with another token, and is of one stack only", () => {
    expect(reading(cookie, { now: 1000 + 12 * HOUR - 1 })).toBe(SESSION);
    expect(reading(cookie, { now: 1000 + 12 * HOUR })).toBeUndefined();
    expect(reading(cookie, { token: "another-token" })).toBeUndefined();
    expect(reading(cookie, { stack: "other" })).toBeUndefined();
  });

  it("cannot be forged, nor made to last longer", () => {
    const [ends = "", random = "", proof = ""] = SESSION.split(".");
    for (const forged of [
      `${Number(ends) + 1}.${random}.${proof}`,
      `${ends}.${"A".repeat(16)}.${proof}`,
      `${ends}.${random}.${"A".repeat(43)}`,
      `${ends}.${random}.${formMark(SESSION, TOKEN)}`,
      `${ends}.${random}.`,
      `${ends}.${random}`,
      "",
    ])
      expect(reading(`${cookieName("shop")}=${forged}`)).toBeUndefined();
  });

  it("has forms of its own", () => {
    const mark = formMark(SESSION, TOKEN);
    expect(isFormMark(mark, SESSION, TOKEN)).toBe(true);
    expect(isFormMark(mark, newSession(TOKEN, 1000), TOKEN)).toBe(false);
    expect(isFormMark(null, SESSION, TOKEN)).toBe(false);
  });

  it("is a cookie that no script reads and no other site sends, over TLS nothing else does", () => {
    expect(sessionCookie("shop", SESSION, { isSecure: false })).toMatch(
      /; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(sessionCookie("shop", "", { isSecure: true })).toMatch(/=; .*Max-Age=0; Secure$/);
    expect(SESSION).not.toContain(TOKEN);
  });
});
