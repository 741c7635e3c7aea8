/** Removes what killed puts left on a remote: temporary objects, versions that were never renamed, and empty folders. */
import { basename, dirname, join } from "node:path/posix";
import { SECOND } from "../../domain/instant.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { isTempName, tempName, writerFate } from "../temp-name.ts";
import { keyOfSuccessor } from "./objects.ts";
import { RcloneFailure } from "./rclone-api.ts";
import type { Remote, RemoteItem } from "./remote.ts";

/** A writer that cannot be seen is taken for dead after so long; of locks and proofs, which are all it may still write. */
const QUIET = 60 * SECOND;

export interface LeftoverScope {
  prefix: string;
  processes: ProcessTable;
  /** Temporary objects of this process that it has given up. */
  abandoned: Set<string>;
  /** Whether folders can be empty, and nobody of this process is about to write into one. */
  removeFolders: boolean;
  what: string;
  signal: AbortSignal | undefined;
}

/** How many objects were removed. */
export async function removeLeftoversOf(remote: Remote, scope: LeftoverScope): Promise<number> {
  const { prefix, signal, abandoned } = scope;
  const items = await remote.list(prefix.slice(0, Math.max(0, prefix.lastIndexOf("/"))), signal);
  if (items === undefined) return 0;
  const below = items.filter(({ path }) => path.startsWith(prefix));
  const clock = new RemoteClock(remote, scope);
  const removed = new Set<RemoteItem>();
  for (const item of below) {
    if (item.isFolder || !(await isLeftover(item, { scope, clock }))) continue;
    const fate = await settle(remote, item, { known: below, signal });
    if (fate === "removed") removed.add(item);
    if (fate !== "locked") abandoned.delete(item.path);
  }
  const left = below.filter((item) => !removed.has(item));
  if (scope.removeFolders) await removeEmptyFolders(remote, left, signal);
  return removed.size;
}

async function isLeftover(
  { path, modifiedAt }: RemoteItem,
  { scope, clock }: { scope: LeftoverScope; clock: RemoteClock },
): Promise<boolean> {
  const name = basename(path);
  const isSuccessor = keyOfSuccessor(path) !== undefined;
  if (!isTempName(name) && !isSuccessor) return false;
  if (scope.abandoned.has(path)) return true;
  const fate = isSuccessor ? "unknown" : writerFate(name, scope.processes);
  if (fate !== "unknown") return fate === "dead";
  return (await clock.now()) - modifiedAt >= QUIET;
}

/** `renamed`: it was a version that took the place that was free for it, so that no object was lost. */
async function settle(
  remote: Remote,
  { path }: RemoteItem,
  { known, signal }: { known: readonly RemoteItem[]; signal: AbortSignal | undefined },
): Promise<"removed" | "renamed" | "locked"> {
  const key = keyOfSuccessor(path);
  try {
    if (key !== undefined && !known.some((other) => other.path === key)) {
      await remote.move(path, key);
      return "renamed";
    }
    await remote.remove(path, signal);
    return "removed";
  } catch (error) {
    if (isLocked(error)) return "locked";
    throw error;
  }
}

/**
 * WebDAV: the server still waits for the rest of an upload whose writer is gone, for example because the network was. It lets go of
 * it by itself; until then it is no reason not to back up.
 */
function isLocked(error: unknown): boolean {
  return error instanceof RcloneFailure && /\b423\b/.test(error.message);
}

/** Innermost first. One that is not empty any more stays, which is no error. */
async function removeEmptyFolders(
  remote: Remote,
  items: readonly RemoteItem[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const occupied = new Set<string>();
  for (const { path } of items.filter(({ isFolder }) => !isFolder)) {
    for (let at = dirname(path); at !== "." && !occupied.has(at); at = dirname(at)) occupied.add(at);
  }
  const empty = items.filter(({ isFolder, path }) => isFolder && !occupied.has(path));
  for (const { path } of empty.sort((a, b) => b.path.length - a.path.length)) {
    signal?.throwIfAborted();
    await remote.removeEmptyFolder(path, signal).catch(() => undefined);
  }
}

/** The remote's own clock, asked once, by the time that it gives a new object. */
class RemoteClock {
  readonly #remote: Remote;
  readonly #scope: LeftoverScope;
  #now: Promise<number> | undefined;

  constructor(remote: Remote, scope: LeftoverScope) {
    this.#remote = remote;
    this.#scope = scope;
  }

  now(): Promise<number> {
    this.#now ??= this.#ask();
    return this.#now;
  }

  async #ask(): Promise<number> {
    const { processes, prefix, what, signal } = this.#scope;
    const probe = join(dirname(`${prefix}-`), tempName(processes.self));
    try {
      await this.#remote.upload(probe, nothing(), { what, signal });
      // One that cannot be looked at makes nothing look old.
      return (await this.#remote.stat(probe, signal))?.modifiedAt ?? 0;
    } finally {
      await this.#remote.remove(probe).catch(() => undefined);
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
