import { describe, expect, it } from "vitest";
import { accepts, preferred } from "./accept.ts";

describe("the media type of an answer", () => {
  it.each([
    [undefined, "text/plain"],
    ["*/*", "text/plain"],
    ["application/json", "application/json"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text/plain"],
    ["text/*;q=0.5, application/json;q=0.6", "application/json"],
    ["application/json;q=0, */*", "text/plain"],
    ["APPLICATION/JSON ; Q=1 , text/plain;q=0.1", "application/json"],
    ["image/png", "text/plain"],
    ["", "text/plain"],
    [";;;,,q=x", "text/plain"],
  ])("for Accept: %s is %s", (accept, expected) => {
    expect(preferred(accept, ["text/plain", "application/json"])).toBe(expected);
  });
});

describe("a content coding", () => {
  it.each([
    [undefined, false],
    ["gzip", true],
    ["br, gzip;q=0.5", true],
    ["gzip;q=0", false],
    ["identity", false],
  ])("for Accept-Encoding: %s may be gzip: %s", (header, expected) => {
    expect(accepts(header, "gzip")).toBe(expected);
  });
});
