import { describe, expect, it } from "vitest";

import { createSelection } from "./selection.ts";

describe("an exclude glob", () => {
  it.each([
    ["*.tmp", "a.tmp", false, true],
    ["*.tmp", "deep/down/.b.tmp", false, true],
    ["/cache", "cache", true, true],
    ["/cache", "a/cache", true, false],
    ["cache/", "a/cache", true, true],
    ["cache/", "a/cache", false, false],
    ["logs/*.log", "logs/a.log", false, true],
    ["logs/*.log", "logs/x/a.log", false, false],
    ["logs/**", "logs", true, false],
    ["logs/**", "logs/.hidden", false, true],
    ["logs/**", "logs/x/y", false, true],
    ["**/node_modules", "a/b/node_modules", true, true],
    ["**/cache/**", "cache/cache", true, true],
    ["**/cache/**", "x/cache", true, false],
    ["**", "anything/at/all", false, true],
    ["*.tmp", "line\nend/a\n.tmp", false, true],
    ["**/cache/**", "x\n/cache/\n", false, true],
    ["logs/*", "logs/\n", false, true],
  ])("%s on %s (a directory: %s) matches: %s", (glob, path, isDirectory, matches) => {
    expect(createSelection({ exclude: [glob] }).excludes(path, isDirectory)).toBe(matches);
  });

  it("matches names of UTF-8 as text", () => {
    const bytes = Buffer.from("žluť.tmp").toString("latin1");
    expect(createSelection({ exclude: ["ž??ť.tmp"] }).excludes(bytes, false)).toBe(true);
  });
});

describe("include globs", () => {
  it("ask for everything when there are none", () => {
    expect(createSelection({ include: [] }).includes("a", false)).toBe(true);
    expect(createSelection({}).includes("a", false)).toBe(true);
  });

  it("ask for nothing else when there are some", () => {
    const selection = createSelection({ include: ["data/**"] });
    expect([selection.includes("data/x", false), selection.includes("other", false)]).toEqual([true, false]);
  });
});
