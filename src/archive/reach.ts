/**
 * Names the entries below a directory by paths that the system takes, however deep they are. It takes none of more than 4,095
 * bytes (PATH_MAX), so a directory on the way is held open, and what is below it is named by its descriptor.
 */
import { closeSync, constants, existsSync, openSync } from "node:fs";

import { isWithin, ROOT_PATH, toFsPath } from "./byte-path.ts";

const LONGEST = 4095;
/** Where the system lets an open directory be named; elsewhere what is deeper cannot be reached. */
const DESCRIPTORS = "/proc/self/fd";
/** Linux's O_PATH: a directory need not be readable to lead somewhere. Node has no name for it. */
const O_PATH = 0x200000;
const HOLD = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

interface Held {
  /** Below the root. */
  path: string;
  fd: number;
}

export class Reach {
  readonly #root: string;
  readonly #hasDescriptors = existsSync(DESCRIPTORS);
  /** Each lies within the one before it. */
  readonly #held: Held[] = [];

  /** Byte path of the directory. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * A byte path of the entry, which is below the root or the root itself; good until another entry is asked for. Throws what the
   * file system does when a directory on the way is none.
   */
  at(path: string): string {
    if (path === ROOT_PATH || path === "") return this.#root;
    if (this.#root.length + 1 + path.length <= LONGEST || !this.#hasDescriptors) {
      if (this.#held.length > 0) this.close();
      return `${this.#root}/${path}`;
    }
    this.#leaveAllNotAbove(path);
    return this.#deep(path);
  }

  /** Holds nothing any more. */
  close(): void {
    this.#leaveAllNotAbove(ROOT_PATH);
  }

  #deep(path: string): string {
    for (;;) {
      const last = this.#held.at(-1);
      const base = last === undefined ? this.#root : `${DESCRIPTORS}/${last.fd}`;
      const known = last === undefined ? 0 : last.path.length + 1;
      const room = LONGEST - base.length - 1;
      if (path.length - known <= room) return `${base}/${path.slice(known)}`;
      const end = path.lastIndexOf("/", known + room);
      // A name that is too long by itself: the system shall say so.
      if (end <= known) return `${base}/${path.slice(known)}`;
      const fd = openSync(toFsPath(`${base}/${path.slice(known, end)}`), HOLD);
      this.#held.push({ path: path.slice(0, end), fd });
    }
  }

  /** A directory is no way to itself: by its descriptor it could be neither renamed nor removed. */
  #leaveAllNotAbove(path: string): void {
    for (let last = this.#held.at(-1); last !== undefined; last = this.#held.at(-1)) {
      if (path !== last.path && isWithin(path, last.path)) return;
      closeSync(last.fd);
      this.#held.pop();
    }
  }
}
