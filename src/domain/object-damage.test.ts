import { describe, expect, it } from "vitest";
import { classifyDamage, type FoundObject } from "./object-damage.ts";

const EXPECTED = { name: "archive.tar.zst", size: 400, sha256: "aa", seekTableSha256: "tt" };
const OTHER = { name: "archive.tar.zst", size: 300, sha256: "bb" };

function damage(found: FoundObject | undefined) {
  return classifyDamage({ expected: EXPECTED, found, others: [{ point: "P", object: OTHER }] });
}

const base = { size: 400, sha256: "??", isWhole: false };

describe("an object that was read", () => {
  it("is undamaged exactly when size and digest are those that were written", () => {
    expect(damage({ ...base, sha256: "aa" })).toBeUndefined();
    expect(damage({ ...base, sha256: "aa", size: 401 })).toBeDefined();
    expect(damage({ ...base, sha256: "ab" })).toBeDefined();
  });

  it.each<[string, string, FoundObject | undefined]>([
    ["missing", "is missing", undefined],
    [
      "swapped",
      "is archive.tar.zst of recovery point P",
      { ...base, size: 300, sha256: "bb", isWhole: true },
    ],
    [
      "rearranged",
      "its frames 1 and 2 were exchanged",
      { ...base, misplaced: "its frames 1 and 2 were exchanged" },
    ],
    ["duplicated", "was written twice", { ...base, size: 800, headSha256: "aa", restSha256: "aa" }],
    [
      "appended",
      "the first 400 of which are right",
      { ...base, size: 500, headSha256: "aa", restSha256: "cc" },
    ],
    ["stale", "another version, whole by itself:", { ...base, isWhole: true, seekTableSha256: "uu" }],
    ["stale", "whole by itself, of 300 bytes instead of 400", { ...base, size: 300, isWhole: true }],
    ["cut", "was cut: it has 300 bytes instead of 400", { ...base, size: 300 }],
    [
      "grown",
      "not even the first of them are right",
      { ...base, size: 500, headSha256: "xx", restSha256: "cc" },
    ],
    ["altered", "changed in place", base],
  ])("is %s when %s", (kind, words, found) => {
    expect(damage(found)).toMatchObject({ kind, why: expect.stringContaining(words) as string });
  });

  it("is not another version when it ends in its own seek table: then bytes were changed that no decoder looks at", () => {
    expect(damage({ ...base, isWhole: true, seekTableSha256: "tt" })?.kind).toBe("altered");
  });

  it("is of no other point that has its digest but another size", () => {
    expect(damage({ ...base, sha256: "bb" })?.kind).toBe("altered");
  });
});
