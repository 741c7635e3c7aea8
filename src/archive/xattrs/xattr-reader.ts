/** Reads the extended attributes of a tree's entries, asking no file system again that has none. */
import { isUtf8 } from "node:buffer";

import { loadXattrCalls, XattrError, type EntryAt, type XattrCalls } from "./xattr-calls.ts";
import type { Xattrs } from "./xattrs.ts";

/** What could not be read; without a name, none of the entry's. */
export interface XattrFailure {
  name?: string;
  why: string;
}

/** What decides whether a file system is asked: `fs.BigIntStats` fits. */
interface AskedStats {
  dev: bigint;
  isSymbolicLink(): boolean;
}

export interface XattrsRead {
  xattrs: Xattrs;
  failures: XattrFailure[];
}

/** Of an entry's values together: what makes the entry's line of the index, and its header, still one that is read. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Gone meanwhile. */
const VANISHED: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENODATA"]);

export class XattrReader {
  readonly #calls: XattrCalls;
  readonly #without = new Set<bigint>();

  constructor(calls: XattrCalls) {
    this.#calls = calls;
  }

  /** Undefined where the platform has no calls for them. */
  static open(): XattrReader | undefined {
    const calls = loadXattrCalls();
    return calls === undefined ? undefined : new XattrReader(calls);
  }

  /** Undefined where there are none, which is nearly always. */
  read(at: EntryAt, stats: AskedStats): XattrsRead | undefined {
    if (this.#without.size > 0 && this.#without.has(stats.dev)) return undefined;
    const names = this.#names(at, stats);
    if (names instanceof XattrError) return { xattrs: new Map(), failures: [{ why: names.message }] };
    return names.length === 0 ? undefined : this.#values(at, names);
  }

  #names(at: EntryAt, stats: AskedStats): string[] | XattrError {
    try {
      return this.#calls.list(at);
    } catch (error) {
      if (!(error instanceof XattrError)) throw error;
      // A file system that has none for symlinks may have them for files.
      if (error.code === "ENOTSUP" && !stats.isSymbolicLink()) this.#without.add(stats.dev);
      return error.code === "ENOTSUP" || VANISHED.has(error.code) ? [] : error;
    }
  }

  #values(at: EntryAt, names: string[]): XattrsRead {
    const xattrs = new Map<string, Buffer>();
    const failures: XattrFailure[] = [];
    let left = MAX_BYTES;
    for (const raw of names.sort()) {
      const bytes = Buffer.from(raw, "latin1");
      const name = bytes.toString("utf8");
      try {
        const value = isUtf8(bytes) ? this.#calls.get(at, raw) : undefined;
        if (value === undefined) failures.push({ name, why: "its name is not text" });
        else if ((left -= value.length) < 0)
          failures.push({ name, why: "there are more than 4 MiB of them" });
        else xattrs.set(name, value);
      } catch (error) {
        if (!(error instanceof XattrError)) throw error;
        if (!VANISHED.has(error.code)) failures.push({ name, why: error.message });
      }
    }
    return { xattrs, failures };
  }
}
