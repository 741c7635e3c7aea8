/** The scratch directory of one capture: clones of live files where its file system shares bytes, bounded copies elsewhere. */
import type { BigIntStats } from "node:fs";
import { chmod, open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { HoldfastError } from "../../domain/errors.ts";
import { formatSize } from "../../domain/human-text.ts";
import type { CaptureSystem } from "./capture-system.ts";
import type { LiveFile } from "./live-file.ts";

const NAME = "database";
/** Two of them are in memory at a time: one is read while the other is written. */
const CHUNK = 1024 ** 2;
const RECHECK_EVERY = 64 * CHUNK;
const ZEROS = Buffer.alloc(CHUNK);
const BLOCK = 512n;
/** On the database's own file system a copy leaves as much again free as it takes, up to this, for those who write there. */
const LARGEST_RESERVE = 256n * 1024n ** 2n;

export interface CopyOrder {
  signal: AbortSignal;
  /** Sees all that is copied, in order. */
  inspect?: (chunk: Buffer) => void;
  /** Called every now and then; ends a copy that has become worthless by throwing. */
  recheck?: () => Promise<void>;
}

export interface Copied {
  path: string;
  /** How much of the live file it holds: all that there was when it was opened, or more. */
  length: number;
  cloned: boolean;
}

export class Scratch {
  readonly #directory: string;
  readonly #system: CaptureSystem;
  readonly #what: string;
  readonly #made = new Set<string>();

  /** `what` begins the sentence of an error. */
  constructor({ scratch, what }: { scratch: string; what: string }, system: CaptureSystem) {
    this.#directory = scratch;
    this.#what = what;
    this.#system = system;
  }

  /** Where a copy goes that another makes, and that `clear` is to remove. */
  made(suffix: string): string {
    const path = join(this.#directory, NAME + suffix);
    this.#made.add(path);
    return path;
  }

  /** Throws `no-space` before it fills a disk. */
  async copy(live: LiveFile, suffix: string, order: CopyOrder): Promise<Copied> {
    const path = this.made(suffix);
    if (await this.#clone(live, path)) {
      order.signal.throwIfAborted();
      return { path, length: await readClone(path, order), cloned: true };
    }
    await this.#checkRoom(live.stats);
    try {
      return { path, length: await copyBytes(live, path, order), cloned: false };
    } catch (error) {
      throw isFull(error) ? await this.#noSpace(live.stats) : error;
    }
  }

  /** Throws `no-space` where a copy of this would not fit; a clone takes no room. */
  async checkCopyFits(live: LiveFile): Promise<void> {
    const path = join(this.#directory, `${NAME}.trial`);
    this.#made.add(path);
    if (await this.#clone(live, path)) await rm(path);
    else await this.#checkRoom(live.stats);
  }

  /** Leaves the directory as it was given. */
  async clear(): Promise<void> {
    for (const path of this.#made) await rm(path, { force: true });
    this.#made.clear();
  }

  async #clone(live: LiveFile, path: string): Promise<boolean> {
    try {
      // Not by its name, which may be another file's by now.
      await this.#system.clone(`/proc/self/fd/${live.handle.fd}`, path);
    } catch {
      // Whatever stands in a clone's way; what also stands in the way of a copy, that will say.
      await rm(path, { force: true });
      return false;
    }
    await chmod(path, 0o600);
    return true;
  }

  async #checkRoom({ size, blocks, dev }: BigIntStats): Promise<void> {
    const needed = withoutHoles({ size, blocks });
    const { free, dev: scratchDev } = await this.#system.room(this.#directory);
    const reserve = dev !== scratchDev ? 0n : needed < LARGEST_RESERVE ? needed : LARGEST_RESERVE;
    if (free < needed + reserve) throw await this.#noSpace({ size, blocks });
  }

  async #noSpace(stats: Pick<BigIntStats, "size" | "blocks">): Promise<HoldfastError> {
    const { free } = await this.#system.room(this.#directory);
    return new HoldfastError("no-space", {
      what: this.#what,
      why: `its copy takes ${sizeOf(withoutHoles(stats))}, and the scratch directory ${this.#directory} has ${sizeOf(free)} free`,
      next: "free space there, or use a scratch directory on the database's own file system if that can clone files, as btrfs and xfs can",
    });
  }
}

function withoutHoles({ size, blocks }: Pick<BigIntStats, "size" | "blocks">): bigint {
  return blocks * BLOCK < size ? blocks * BLOCK : size;
}

function sizeOf(bytes: bigint): string {
  return formatSize(Number(bytes));
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT"].includes(String(error.code));
}

/** Gives its length. */
async function readClone(path: string, { signal, inspect }: CopyOrder): Promise<number> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    if (inspect !== undefined) await readPrefix(handle, size, { signal, inspect });
    return size;
  } finally {
    await handle.close();
  }
}

/** Ends early where the file does. */
export async function readPrefix(
  from: FileHandle,
  length: number,
  { signal, inspect }: Required<Pick<CopyOrder, "signal" | "inspect">>,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, length));
  for (let at = 0; at < length;) {
    signal.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, Math.min(CHUNK, length - at), at);
    if (bytesRead === 0) return;
    inspect(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Up to the size that the file had when it was opened: one that grows is not chased. Chunks of zeros become holes. */
async function copyBytes({ handle: from, stats }: LiveFile, path: string, order: CopyOrder): Promise<number> {
  const to = await open(path, "wx", 0o600);
  let written = Promise.resolve();
  try {
    const size = Number(stats.size);
    const buffers = [Buffer.allocUnsafe(Math.min(CHUNK, size)), Buffer.allocUnsafe(Math.min(CHUNK, size))];
    let at = 0;
    for (let turn = 0; at < size; turn ^= 1) {
      order.signal.throwIfAborted();
      if (at > 0 && at % RECHECK_EVERY === 0) await order.recheck?.();
      const { bytesRead } = await from.read(buffers[turn] as Buffer, 0, Math.min(CHUNK, size - at), at);
      await written;
      if (bytesRead === 0) break;
      const chunk = (buffers[turn] as Buffer).subarray(0, bytesRead);
      order.inspect?.(chunk);
      written = writeChunk(to, chunk, at);
      // It is waited for after the next read: until then its failure is nobody's.
      written.catch(() => undefined);
      at += bytesRead;
    }
    await written;
    await to.truncate(at);
    return at;
  } finally {
    await written.catch(() => undefined);
    await to.close();
  }
}

async function writeChunk(to: FileHandle, chunk: Buffer, at: number): Promise<void> {
  if (chunk.equals(ZEROS.subarray(0, chunk.length))) return;
  for (let done = 0; done < chunk.length;) {
    done += (await to.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
  }
}
