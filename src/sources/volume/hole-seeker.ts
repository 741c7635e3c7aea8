/**
 * Asks the system which parts of a file are holes (lseek(2), SEEK_DATA and SEEK_HOLE), so that they need not be read. Where it
 * cannot be asked, or cannot be trusted, everything is taken for data and read.
 */
import { statfsSync, type BigIntStats } from "node:fs";
import { constants } from "node:os";

import { loadCLibrary } from "../../archive/c-library.ts";

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
/** Shorter files are read as quickly as their holes are found. */
const SMALLEST = 64n * 1024n;
const BLOCK = 512n;
/** OpenZFS before 2.2.2 tells of holes where data was just written (its issue 15526). */
const ZFS = 0x2fc12fc1;

type Seek = (fd: number, offset: number, whence: number) => number;

/** Of an open file. Both move the file's own position, so that it has to be read with positions. */
export interface Holes {
  /** Where the next data begins, at or after the position; undefined when the rest of the file is a hole. */
  dataFrom(position: number): number | undefined;
  /** Where the data ends that is at the position. */
  dataUntil(position: number): number;
}

export class HoleSeeker {
  readonly #seek: Seek;
  readonly #errno: () => number;
  readonly #isTrusted = new Map<bigint, boolean>();

  constructor(seek: Seek, errno: () => number) {
    this.#seek = seek;
    this.#errno = errno;
  }

  /** Undefined where the platform has no such call. */
  static open(): HoleSeeker | undefined {
    const library = loadCLibrary();
    const seek = library?.call<Seek>("int64_t lseek(int, int64_t, int)");
    return library === undefined || seek === undefined
      ? undefined
      : new HoleSeeker(seek, () => library.errno());
  }

  /** Undefined where the file has none that are worth the asking. */
  of(fd: number, { size, blocks, dev }: Pick<BigIntStats, "size" | "blocks" | "dev">): Holes | undefined {
    if (size < SMALLEST || blocks * BLOCK >= size || !this.#trusts(fd, dev)) return undefined;
    return {
      dataFrom: (position) => {
        const found = this.#seek(fd, position, SEEK_DATA);
        if (found >= position) return found;
        return this.#errno() === constants.errno.ENXIO ? undefined : position;
      },
      dataUntil: (position) => {
        const found = this.#seek(fd, position, SEEK_HOLE);
        return found > position ? found : Infinity;
      },
    };
  }

  #trusts(fd: number, dev: bigint): boolean {
    let isTrusted = this.#isTrusted.get(dev);
    if (isTrusted === undefined) {
      isTrusted = ![ZFS, undefined].includes(fileSystemOf(fd));
      this.#isTrusted.set(dev, isTrusted);
    }
    return isTrusted;
  }
}

function fileSystemOf(fd: number): number | undefined {
  try {
    return statfsSync(`/proc/self/fd/${fd}`).type;
  } catch {
    return undefined;
  }
}
