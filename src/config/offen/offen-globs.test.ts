import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSelection } from "../../sources/selection.ts";
import { globsOf } from "./offen-globs.ts";

const ROOT = "/backup/my-app";

/** What Holdfast leaves out of a tree: what matches, and all that is below it. */
function isLeftOut(globs: readonly string[], path: string): boolean {
  const selection = createSelection({ exclude: globs });
  const parts = path.split("/");
  return parts.some((_, at) => selection.excludes(parts.slice(0, at + 1).join("/"), at < parts.length - 1));
}

describe("a regular expression as globs", () => {
  it.each([
    ["\\.log$", ["**/*.log"]],
    ["\\.(me|you)$", ["**/*.me", "**/*.you"]],
    [".*\\.tmp", ["**/*.tmp*"]],
    ["/node_modules/", ["**/node_modules/**"]],
    ["^/backup/my-app/cache", ["/cache*"]],
    ["^/backup/other/cache", []],
    ["/cache/|\\.bak$", ["**/cache/**", "**/*.bak"]],
  ])("%s is %j", (expression, globs) => {
    expect(globsOf(expression, ROOT)).toEqual(globs);
  });

  it.each(["a.c", "[ab]", "x+", "(?i)log", "my-app", "^/backup", "app/cache", "(a(b))", "foo\\$", "a|b.c"])(
    "is not made of %s, which says more or leaves out everything",
    (expression) => {
      expect(globsOf(expression, ROOT)).toBeUndefined();
    },
  );

  const name = fc.stringMatching(/^[ab.]{1,4}$/).filter((text) => !/^\.+$/.test(text));
  const literal = fc.stringMatching(/^[ab/]{1,4}$/).filter((text) => !text.includes("//"));
  const expressions = fc
    .tuple(
      fc.constantFrom("", "^/backup/my-app/", ".*", "^.*"),
      fc.oneof(
        literal,
        fc.tuple(literal, literal).map(([one, other]) => `(${one}|${other})`),
        literal.map((text) => `\\.${text}`),
      ),
      fc.constantFrom("", ".*", "$"),
    )
    .map((parts) => parts.join(""));

  it("leaves out the same files, and beside them only what is in directories that an ending names", () => {
    let made = 0;
    fc.assert(
      fc.property(expressions, fc.array(name, { minLength: 1, maxLength: 4 }), (expression, names) => {
        const globs = globsOf(expression, ROOT);
        if (globs === undefined) return;
        made += 1;
        const matches = (depth: number) =>
          new RegExp(expression).test([ROOT, ...names.slice(0, depth)].join("/"));
        const ours = isLeftOut(globs, names.join("/"));
        const below = names.some((_, at) => at + 1 < names.length && matches(at + 1));
        expect(ours).toBe(matches(names.length) || below);
        if (!expression.endsWith("$")) expect(ours).toBe(matches(names.length));
      }),
      { numRuns: 2000 },
    );
    expect(made).toBeGreaterThan(500);
  });
});
