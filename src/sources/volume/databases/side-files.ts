/** Which files beside a database belong to it: they come out of its capture, or not at all. */
import { SIDE_FILES, type DatabaseKind } from "../../../domain/embedded-database.ts";
import type { TreeFs } from "../tree-fs.ts";
import type { FoundDatabase, StagedMember } from "./database-fate.ts";

/** `pathOf` gives the path of what is called as the main file and a suffix. */
export function hasSideFile(
  fs: Pick<TreeFs, "lstatSync">,
  kind: DatabaseKind,
  pathOf: (suffix: string) => string | Buffer,
): boolean {
  return SIDE_FILES[kind].some(
    (suffix) => fs.lstatSync(pathOf(suffix), { throwIfNoEntry: false }) !== undefined,
  );
}

export class SideFiles {
  readonly #staged = new Map<string, StagedMember>();
  readonly #unwanted = new Set<string>();
  #claimed: { path: string; suffixes: string[] } | undefined;

  /** The database's main file was met, and these of its side files were captured with it. */
  claim({ path, kind }: FoundDatabase, members: readonly StagedMember[]): void {
    for (const suffix of SIDE_FILES[kind]) this.#unwanted.add(path + suffix);
    for (const member of members) {
      this.#unwanted.delete(path + member.suffix);
      this.#staged.set(path + member.suffix, member);
    }
    this.#claimed = { path, suffixes: members.map(({ suffix }) => suffix) };
  }

  /** Each is asked for once. Undefined: it belongs to no database that was met. */
  take(path: string): StagedMember | "unwanted" | undefined {
    if (this.#unwanted.delete(path)) return "unwanted";
    const member = this.#staged.get(path);
    this.#staged.delete(path);
    return member;
  }

  /** To the names of a directory, in byte order, after `path` was met there: what was captured may be gone, or not have been there. */
  join(path: string, names: string[]): void {
    if (this.#claimed?.path !== path) return;
    const name = path.slice(path.lastIndexOf("/") + 1);
    for (const suffix of this.#claimed.suffixes) {
      const side = name + suffix;
      const at = names.findIndex((other) => other >= side);
      if (names[at] !== side) names.splice(at === -1 ? names.length : at, 0, side);
    }
    this.#claimed = undefined;
  }
}
