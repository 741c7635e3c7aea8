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
    for (const raw of names.sort()) {
      const bytes = Buffer.from(raw, "latin1");
      const name = bytes.toString("utf8");
      try {
        if (isUtf8(bytes)) xattrs.set(name, this.#calls.get(at, raw));
        else failures.push({ name, why: "its name is not text" });
      } catch (error) {
        if (!(error instanceof XattrError)) throw error;
        if (!VANISHED.has(error.code)) failures.push({ name, why: error.message });
      }
    }
    return { xattrs, failures };
  }
}
