import { describe, expect, it } from "vitest";
import { problemLine } from "./config-error.ts";
import { readYaml } from "./yaml-file.ts";

const linesOf = (text: string) => readYaml(text).problems.map(problemLine);

describe("YAML that is not well formed", () => {
  it.each([
    [
      "an unquoted cron expression with a step",
      "schedule: */15 * * * *",
      /^line 1: .*put values that start with \* in quotes/,
    ],
    [
      "an unquoted cron expression of stars",
      "schedule: * * * * *",
      /^line 1: .*put values that start with \* in quotes/,
    ],
    ["an unquoted @daily", "a: 1\nschedule: @daily", /^line 2: .*in quotes/],
    ["a tab as indentation", "a:\n\tb: 1", /^line 2: .*got a tab/],
    ["a quote that is not closed", 'a: "x', /^line 1: .*closing quote/],
    ["a bracket that is not closed", "a: [1,\nb: 2", /^line 2: .*end of a bracket/],
    ["uneven indentation", "a:\n  b: 1\n c: 2", /^line 3: .*indentation/],
    ["two keys on one line", "a: b: c", /^line 1: .*second "key: value"/],
    ["text after a quoted value", "a: 'x' y", /^line 1: .*got more/],
    ["a second document", "a: 1\n---\nb: 2", /^line 2: .*one document/],
    ["a tag that is not known", "a: !secret b", /^line 1: .*no tags/],
    ["an alias without an anchor", "a: *nowhere", /^line 1: .*without an anchor/],
    ["an alias within its own anchor", "a: &a { b: *a }", /^line 1: /],
  ])("gets one line for %s", (_, text, expected) => {
    const lines = linesOf(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(expected);
    expect(readYaml(text).value).toBeUndefined();
  });

  it("gets a line for each mistake on a line of its own", () => {
    expect(linesOf("a: @x\nb: 1\nc: @y")).toHaveLength(2);
  });

  it("is never quoted, for what stands there may be a secret", () => {
    for (const text of [
      "token: *hunter2secret",
      "token: 'x' hunter2secret",
      "token: !hunter2secret y",
      "token: >hunter2secret",
    ]) {
      expect(linesOf(text).join("")).not.toBe("");
      expect(linesOf(text).join("")).not.toContain("hunter2");
    }
  });

  it("is refused when aliases of aliases would make it enormous", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefghi".split("").map((name, index) => {
        const before = "abcdefgh".charAt(index);
        return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(",")}]`;
      }),
    ];
    expect(linesOf(bomb.join("\n"))).toHaveLength(1);
  });
});

describe("a YAML file", () => {
  it("names a key that is given twice by its path and both lines", () => {
    const text =
      "jobs:\n  data:\n    timeout: 1h\n    schedule: x\n    timeout: 2h\nlist:\n  - { a: 1, a: 2 }";
    expect(linesOf(text)).toEqual([
      "jobs.data.timeout (line 5): expected the key once, got it again (first on line 3)",
      "list[0].a (line 7): expected the key once, got it again (first on line 7)",
    ]);
  });

  it("knows the line of each key and item, and of the nearest one above what is not there", () => {
    const file = readYaml("a: 1\nb:\n  c:\n    - x\n    - y: 2\n");
    expect(file.lineOf(["a"])).toBe(1);
    expect(file.lineOf(["b", "c", 1, "y"])).toBe(5);
    expect(file.lineOf(["b", "c", 0])).toBe(4);
    expect(file.lineOf(["b", "gone", "deeper"])).toBe(2);
    expect(file.lineOf(["gone"])).toBeUndefined();
  });

  it("unfolds anchors and merge keys as Compose files do", () => {
    expect(readYaml("a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }").value).toEqual({
      a: { x: 1, y: 2 },
      b: { x: 1, y: 3 },
    });
  });

  it("is nothing when it is empty or holds comments alone", () => {
    expect(readYaml("").value).toBeNull();
    expect(readYaml("# nothing\n")).toMatchObject({ value: null, problems: [] });
  });
});
