/**
 * Takes files that the target holds already over into a restore in place, so that they are neither fetched nor written. Only
 * what was read and has the entry's digest is taken. What the target holds is left as it is: a file gets at most a second
 * name, and only when nothing of it would have to be changed; else it is copied.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import { mkdir } from "node:fs/promises";

import { rawPath, type ContentEntry, type IndexEntry } from "../../index-entry.ts";
import { toFsPath } from "../../byte-path.ts";
import { entryError } from "../../restore/entry-error.ts";
import { kernelCalls } from "../../restore/kernel-calls.ts";
import { errnoOf } from "../../restore/moves.ts";
import type { PlannedEntry, TakenFile } from "../../restore/planned-entry.ts";
import { writeWithHoles } from "../../restore/write-content.ts";
import { isCandidate, MetadataComparer } from "./candidates.ts";
import { digestOf } from "./digest-of.ts";
import { OldFiles, openOld, type OldFile } from "./old-files.ts";

export interface TakeOverOptions {
  /** The real path of the directory that is restored to. */
  target: string;
  /** Not there yet; on the target's file system. */
  pool: string;
  /** False where the old content is to be kept: nothing of it may then be shared. */
  mayLink: boolean;
  signal: AbortSignal | undefined;
}

export interface ReusedCounts {
  files: number;
  bytes: number;
  /** How many of the files were copied. */
  copied: number;
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export class TakeOver {
  readonly reused: ReusedCounts = { files: 0, bytes: 0, copied: 0 };
  readonly #options: TakeOverOptions;
  readonly #old: OldFiles;
  readonly #metadata = new MetadataComparer();
  #count = 0;

  private constructor(options: TakeOverOptions) {
    this.#options = options;
    this.#old = new OldFiles(options.target);
  }

  static async open(options: TakeOverOptions): Promise<TakeOver> {
    await mkdir(options.pool, { mode: 0o700 });
    return new TakeOver(options);
  }

  /** The same entries, with what is in the pool for some of them. */
  async *over(entries: AsyncIterable<IndexEntry>): AsyncGenerator<PlannedEntry> {
    for await (const entry of entries) {
      const taken = isCandidate(entry) ? await this.#take(entry) : undefined;
      yield taken === undefined ? entry : { ...entry, taken };
    }
  }

  close(): void {
    this.#old.close();
  }

  async #take(entry: ContentEntry): Promise<TakenFile | undefined> {
    const old = this.#old.find(rawPath(entry));
    if (old?.stats.size !== BigInt(entry.size)) return undefined;
    const fd = openOld(old);
    if (fd === undefined) return undefined;
    try {
      const taken = await this.#takeOpen(fd, old, entry);
      if (taken !== undefined) this.#countTaken(entry, taken);
      return taken;
    } catch (error) {
      throw this.#options.signal?.aborted === true ? error : entryError(entry.path, error);
    } finally {
      closeSync(fd);
    }
  }

  #countTaken({ size }: ContentEntry, { isLink }: TakenFile): void {
    this.reused.files += 1;
    this.reused.bytes += size;
    if (!isLink) this.reused.copied += 1;
  }

  async #takeOpen(fd: number, old: OldFile, entry: ContentEntry): Promise<TakenFile | undefined> {
    const { signal, mayLink } = this.#options;
    const before = fstatSync(fd, { bigint: true });
    if (!isSameFile(before, old.stats)) return undefined;
    if ((await digestOf(fd, { size: entry.size, signal })) !== entry.sha256) return undefined;
    if (!isUnchanged(before, fstatSync(fd, { bigint: true }))) return undefined;
    const name = String(this.#count++);
    if (mayLink && before.nlink === 1n && this.#metadata.isSame(fd, before, entry) && this.#link(old, name))
      return { name, isLink: true };
    if (!(await this.#copy(fd, name, entry))) return undefined;
    if (isUnchanged(before, fstatSync(fd, { bigint: true }))) return { name, isLink: false };
    unlinkSync(this.#inPool(name));
    return undefined;
  }

  /** False, with nothing made, where the system does not let this file have another name, or it is not that file any more. */
  #link({ at, stats }: OldFile, name: string): boolean {
    const there = this.#inPool(name);
    try {
      linkSync(toFsPath(at), there);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
    const linked = lstatSync(there, { bigint: true });
    // A change that came since the digest was taken shows in the time; the link itself changes only the ctime.
    if (isSameFile(linked, stats) && linked.mtimeNs === stats.mtimeNs && linked.size === stats.size)
      return true;
    unlinkSync(there);
    return false;
  }

  /** Shares the blocks where the file system can. False, with nothing made, when the content is not the entry's any more. */
  async #copy(from: number, name: string, { size, sha256 }: ContentEntry): Promise<boolean> {
    const there = this.#inPool(name);
    const to = openSync(there, CREATE, 0o600);
    let isWhole = false;
    try {
      isWhole = kernelCalls().clone?.(to, from) === true;
      if (!isWhole) {
        const { signal } = this.#options;
        const onPart = (bytes: Uint8Array, position: number): void => {
          writeWithHoles(to, bytes, position);
        };
        isWhole = (await digestOf(from, { size, signal, onPart })) === sha256;
      }
      ftruncateSync(to, size);
      return isWhole;
    } finally {
      closeSync(to);
      if (!isWhole) unlinkSync(there);
    }
  }

  #inPool(name: string): string {
    return `${this.#options.pool}/${name}`;
  }
}

function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.isFile();
}

function isUnchanged(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
