/**
 * A regular expression of docker-volume-backup, which is looked for anywhere in the whole path of each file, as globs, which are matched
 * against paths in one source. Only of those that are literals, with alternatives, anchors and `.*` at their ends, as nearly all are.
 */

/** `root`: where the source is, as the expression sees it. Undefined: it cannot be said in globs, or would leave out everything. */
export function globsOf(expression: string, root: string): string[] | undefined {
  const alternatives = expression.match(/(?:\\.|\([^()]*\)|[^|])+/g) ?? [];
  const globs = alternatives.map((alternative) => globsOfOne(alternative, root));
  return globs.every((glob) => glob !== undefined) ? [...new Set(globs.flat())] : undefined;
}

function globsOfOne(expression: string, root: string): string[] | undefined {
  const [, start, body = "", end] = /^(\^?)(?:\.\*)?(.*?)((?:\.\*)?\$?)$/.exec(expression) ?? [];
  // `^.*x` is looked for anywhere, and `x.*$` ends anywhere.
  const isAtStart = start === "^" && !expression.startsWith("^.*");
  const where = { root, isAtStart, isAtEnd: end === "$" };
  const globs = expansions(body)?.map((literal) => (literal === "" ? undefined : globOf(literal, where)));
  return globs?.every((glob) => glob !== undefined) === true ? globs.flat() : undefined;
}

interface Where {
  root: string;
  isAtStart: boolean;
  isAtEnd: boolean;
}

/** None: of this source it leaves out nothing. */
function globOf(literal: string, { root, isAtStart, isAtEnd }: Where): string[] | undefined {
  const base = `${root}/`;
  // No path is so.
  if (/\/\.{0,2}\//.test(literal) || (isAtEnd && literal.endsWith("/"))) return [];
  const tail = isAtEnd ? "" : literal.endsWith("/") ? "**" : "*";
  if (isAtStart) {
    if (literal.startsWith(base) && literal !== base) return [`/${literal.slice(base.length)}${tail}`];
    return base.startsWith(literal) ? undefined : [];
  }
  if (reachesInto(literal, base) || (!isAtEnd && base.includes(literal))) return undefined;
  const rest = literal.replace(/^\//, "");
  return [`**/${literal.startsWith("/") ? "" : "*"}${rest}${tail}`];
}

/** Whether it can begin in the path of the source itself and end below it. */
function reachesInto(literal: string, base: string): boolean {
  for (let length = 2; length < literal.length; length += 1)
    if (base.endsWith(literal.slice(0, length))) return true;
  return false;
}

/** What is special in globs is none of it. */
const LITERAL = /^(?:[\w/ @=,:-]|\\[./-])*$/;

/** `a(b|c)d` is `abd` and `acd`. */
function expansions(body: string): string[] | undefined {
  const parts = body.split(/(\([^()]*\))/);
  let all = [""];
  for (const part of parts) {
    const options = part.startsWith("(") ? part.slice(1, -1).replace(/^\?:/, "").split("|") : [part];
    if (!options.every((option) => LITERAL.test(option))) return undefined;
    const words = options.map((option) => option.replaceAll("\\", ""));
    all = all.flatMap((head) => words.map((word) => head + word));
    if (all.length > MOST) return undefined;
  }
  return all;
}

const MOST = 64;
