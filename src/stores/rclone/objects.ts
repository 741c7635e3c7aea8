/**
 * Objects of a remote that cannot replace one by a rename, as older versions of SFTP and WebDAV. There, a new version is first
 * given a name beside the old one (its successor), then the old one is removed, then the new one takes its name. The
 * object is there at every moment, in one version or the other, also when the writer is killed in between.
 */
import type { IncomingMessage } from "node:http";
import { basename, dirname, join } from "node:path/posix";
import { HoldfastError } from "../../domain/errors.ts";
import { isTempName } from "../temp-name.ts";
import { isAbsent, RcloneFailure } from "./rclone-api.ts";
import type { Features, Remote, RemoteItem } from "./remote.ts";

const SUCCESSOR_PREFIX = ".holdfast-new-";
const MAX_NAME_BYTES = 255;
const MAX_ATTEMPTS = 3;

/** Names of ours that are no keys. */
export function isReservedName(name: string): boolean {
  return isTempName(name) || name.startsWith(SUCCESSOR_PREFIX);
}

/** The key whose next version lies at the path; undefined when it is no successor's. */
export function keyOfSuccessor(path: string): string | undefined {
  const name = basename(path);
  if (!name.startsWith(SUCCESSOR_PREFIX)) return undefined;
  return join(dirname(path), name.slice(SUCCESSOR_PREFIX.length));
}

export interface Publication {
  /** Where the uploaded object lies. */
  temp: string;
  key: string;
  replace: boolean;
  size: number;
  what: string;
}

export class Objects {
  readonly #remote: Remote;
  readonly #features: Features;

  constructor(remote: Remote, features: Features) {
    this.#remote = remote;
    this.#features = features;
  }

  async stat(key: string, signal?: AbortSignal): Promise<RemoteItem | undefined> {
    for (const path of this.#places(key)) {
      const found = await this.#remote.stat(path, signal);
      if (found !== undefined) return { ...found, path: key };
    }
    return undefined;
  }

  /** Throws an absent RcloneFailure where there is none. */
  async read(key: string, range: string | undefined, signal?: AbortSignal): Promise<IncomingMessage> {
    for (const path of this.#places(key)) {
      try {
        return await this.#remote.read(path, range, signal);
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
    throw new RcloneFailure("there is no such object", "absent");
  }

  async remove(key: string, signal?: AbortSignal): Promise<void> {
    const paths = [key, this.#successorOf(key)].filter((path) => path !== undefined);
    await Promise.all(paths.map((path) => this.#remote.remove(path, signal)));
  }

  /** Those of a listing that are objects, by their keys. */
  fromListing(items: readonly RemoteItem[]): RemoteItem[] {
    const files = items.filter(({ isFolder }) => !isFolder);
    const plain = files.filter(({ path }) => !isReservedName(basename(path)));
    const known = new Set(plain.map(({ path }) => path));
    const alone = files.flatMap((file) => {
      const key = keyOfSuccessor(file.path);
      return key === undefined || known.has(key) ? [] : [{ ...file, path: key }];
    });
    return [...plain, ...alone];
  }

  /**
   * Gives an uploaded object its key. Not interrupted: it is a matter of a few calls. Without `replace`, it is as exclusive as
   * the remote's rename; where that replaces, another process can come between the look and the rename.
   */
  async publish(publication: Publication): Promise<RemoteItem> {
    const { key, size, what } = publication;
    for (let attempt = 1; !(await this.#tryToPublish(publication, attempt === MAX_ATTEMPTS)); attempt++);
    const published = await this.#remote.stat(key);
    if (published?.size === size) return published;
    throw new HoldfastError("store", { what, why: "it was not there after it was renamed", transient: true });
  }

  /** False when something stood in the way that is not there any more. */
  async #tryToPublish(publication: Publication, isLast: boolean): Promise<boolean> {
    const { temp, key, replace, what } = publication;
    if (!replace && (await this.#isThere(key))) throw alreadyExists(what);
    try {
      await this.#remote.move(temp, key);
      const successor = replace ? this.#successorOf(key) : undefined;
      if (successor !== undefined) await this.#remote.remove(successor);
      return true;
    } catch (refusal) {
      if (await this.#isPublished(publication)) return true;
      if ((await this.#remote.stat(key)) !== undefined) {
        await this.#publishInTheWay(publication, refusal);
        return true;
      }
      if (isLast) throw refusal;
      return false;
    }
  }

  async #isThere(key: string): Promise<boolean> {
    const looks = [...new Set(this.#places(key))].map((path) => this.#remote.stat(path));
    return (await Promise.all(looks)).some((found) => found !== undefined);
  }

  /** The move was refused, and an object is there already. */
  async #publishInTheWay({ temp, key, replace, what, size }: Publication, refusal: unknown): Promise<void> {
    const successor = this.#successorOf(key);
    if (!replace) throw alreadyExists(what, refusal);
    if (successor === undefined) throw refusal;
    await this.#remote.remove(successor);
    await this.#remote.move(temp, successor);
    await this.#remote.remove(key);
    try {
      await this.#remote.move(successor, key);
    } catch (error) {
      // Whoever removes leftovers may have done it for us.
      if (!(await this.#isPublished({ temp: successor, key, size }))) throw error;
    }
  }

  /** The answer to a move that succeeded may be lost. A temporary name is unique: only we can have moved it. */
  async #isPublished({ temp, key, size }: Pick<Publication, "temp" | "key" | "size">): Promise<boolean> {
    if ((await this.#remote.stat(temp)) !== undefined) return false;
    return (await this.#remote.stat(key))?.size === size;
  }

  /** Where an object may lie while it is being replaced, in the order in which to look. */
  #places(key: string): string[] {
    const successor = this.#successorOf(key);
    return successor === undefined ? [key] : [key, successor, key];
  }

  /** Object stores replace by themselves. */
  #successorOf(key: string): string | undefined {
    const name = SUCCESSOR_PREFIX + basename(key);
    const isPossible = this.#features.Move && Buffer.byteLength(name) <= MAX_NAME_BYTES;
    return isPossible ? join(dirname(key), name) : undefined;
  }
}

export function alreadyExists(what: string, cause?: unknown): HoldfastError {
  return new HoldfastError("already-exists", { what, why: "an object of that key is there already", cause });
}
