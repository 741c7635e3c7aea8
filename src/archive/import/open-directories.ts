/**
 * Directories below a root, entered one part at a time and held open: what is written goes through the descriptor of its
 * directory, so that neither a symlink in the tree nor a directory that is swapped for one meanwhile leads out of it.
 */
import { closeSync, constants, existsSync, mkdirSync, openSync } from "node:fs";

import { isWithin, ROOT_PATH, toFsPath } from "../byte-path.ts";
import { errnoOf } from "../restore/moves.ts";

export interface OpenDirectory {
  path: string;
  fd: number;
}

const OPEN = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const DESCRIPTORS = "/proc/self/fd";

export class OpenDirectories {
  /** Byte path. */
  readonly #root: string;
  readonly #hasDescriptorPaths = existsSync(DESCRIPTORS);
  /** From the root to the one that was entered last. */
  readonly #open: OpenDirectory[] = [];

  constructor(root: string) {
    this.#root = root;
    this.#open.push({ path: ROOT_PATH, fd: openSync(toFsPath(root), OPEN) });
  }

  /**
   * Opens the directory and all above it; gives the one whose names are then reached by `at`. `make` is asked before a
   * missing one is made. Undefined when a part of the path is missing and not made, or is no directory.
   */
  enter(path: string, make?: (path: string) => boolean): OpenDirectory | undefined {
    let last = this.#leaveAllNotAbove(path);
    while (last.path !== path) {
      const next = this.#below(last, path, make);
      if (next === undefined) return undefined;
      this.#open.push(next);
      last = next;
    }
    return last;
  }

  /** Leaves a directory that is about to go, and all below it. */
  leave(path: string): void {
    while (this.#open.length > 1 && isWithin((this.#open.at(-1) as OpenDirectory).path, path)) this.#pop();
  }

  /** The byte path of a name in an open directory. */
  at({ fd, path }: OpenDirectory, name: string): string {
    if (this.#hasDescriptorPaths) return `${DESCRIPTORS}/${fd}/${name}`;
    return path === ROOT_PATH ? `${this.#root}/${name}` : `${this.#root}/${path}/${name}`;
  }

  close(): void {
    while (this.#open.length > 0) this.#pop();
  }

  #leaveAllNotAbove(path: string): OpenDirectory {
    for (;;) {
      const last = this.#open.at(-1) as OpenDirectory;
      if (isWithin(path, last.path)) return last;
      this.#pop();
    }
  }

  #pop(): void {
    const directory = this.#open.pop();
    if (directory !== undefined) closeSync(directory.fd);
  }

  #below(
    above: OpenDirectory,
    path: string,
    make: ((path: string) => boolean) | undefined,
  ): OpenDirectory | undefined {
    const from = above.path === ROOT_PATH ? 0 : above.path.length + 1;
    const slash = path.indexOf("/", from);
    const next = slash === -1 ? path : path.slice(0, slash);
    const at = toFsPath(this.at(above, next.slice(from)));
    const open = (): OpenDirectory => ({ path: next, fd: openSync(at, OPEN) });
    try {
      return open();
    } catch (error) {
      const code = errnoOf(error);
      if (code === "ENOTDIR" || code === "ELOOP") return undefined;
      if (code !== "ENOENT") throw error;
      if (make?.(next) !== true) return undefined;
      mkdirSync(at, { mode: 0o700 });
      return open();
    }
  }
}
