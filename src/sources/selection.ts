/**
 * Which entries of a tree are captured. Globs match paths relative to the root, `*` not across `/`, `**` across; a
 * leading dot is nothing special. A glob without a slash (`*.tmp`) matches names at any depth; a leading slash ties it
 * to the root (`/cache`); a trailing one makes it match directories only. `dir/**` means what is in `dir`, not `dir`. No include globs means everything.
 * What a restore keeps in the tree while it lasts, or left there when it was killed, is never captured.
 */
import picomatch from "picomatch";

import { toText } from "../archive/byte-path.ts";
import { isStagingName } from "../archive/restore/staging-name.ts";

export interface Selection {
  /** True when the entry, and for a directory all below it, is left out. */
  excludes(path: string, isDirectory: boolean): boolean;
  /** True when the entry, and for a directory all below it, was asked for. */
  includes(path: string, isDirectory: boolean): boolean;
}

type Matcher = (text: string, isDirectory: boolean) => boolean;

/** Takes byte paths; names that are not UTF-8 are matched by their closest text. */
export function createSelection(globs: {
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
}): Selection {
  const include = (globs.include ?? []).map(matcherOf);
  const exclude = (globs.exclude ?? []).map(matcherOf);
  const anyMatches = (matchers: Matcher[], path: string, isDirectory: boolean): boolean => {
    if (matchers.length === 0) return false;
    const { text } = toText(path);
    return matchers.some((matches) => matches(text, isDirectory));
  };
  return {
    excludes: (path, isDirectory) =>
      (isDirectory && isStagingName(path.slice(path.lastIndexOf("/") + 1))) ||
      anyMatches(exclude, path, isDirectory),
    includes: (path, isDirectory) => include.length === 0 || anyMatches(include, path, isDirectory),
  };
}

function matcherOf(written: string): Matcher {
  const directoriesOnly = written.endsWith("/");
  const body = directoriesOnly ? written.slice(0, -1) : written;
  const anyDepth = !body.includes("/");
  const anchored = body.replace(/^\.?\/+/, "").replace(/\/\*\*$/, "/**/*");
  const glob = anyDepth && body !== "**" ? `**/${anchored}` : anchored;
  // Names may hold line ends, which `.` of a regular expression matches with this flag only.
  const matches = picomatch(glob, { dot: true, flags: "s" });
  return (text, isDirectory) => (isDirectory || !directoriesOnly) && matches(text);
}
