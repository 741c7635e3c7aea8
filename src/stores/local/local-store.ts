/** A store in a directory: keys are paths below it, objects are files. Crash-safe by atomic-write.ts. */
import { constants } from "node:fs";
import { lstat, open, stat, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { cancellation, HoldfastError } from "../../domain/errors.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import type { GetOptions, PutOptions, Store, StoredObject } from "../../ports/store.ts";
import { cancellable } from "../cancellable.ts";
import { BodyError } from "../body-error.ts";
import { assertKeyPrefix, assertObjectKey } from "../object-key.ts";
import { removeEmptyFolders, syncFolder, writeAtomically } from "./atomic-write.ts";
import { errnoOf, fileError, missingRoot, readSpace } from "./file-error.ts";
import { walkFolder } from "./folder-walk.ts";
import { removeLeftoverFiles } from "./leftovers.ts";
import { isTempName, tempName } from "../temp-name.ts";

const READ_BYTES = 1024 * 1024;

interface WithSignal {
  signal?: AbortSignal | undefined;
}

export class LocalStore implements Store {
  readonly name: string;
  readonly kind = "local";
  readonly #root: string;
  readonly #processes: ProcessTable;

  constructor(options: { name: string; path: string; processes: ProcessTable }) {
    this.name = options.name;
    this.#root = resolve(options.path);
    this.#processes = options.processes;
  }

  async put(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { signal, replace = false }: PutOptions = {},
  ): Promise<StoredObject> {
    const what = `Writing ${this.name}:${key}`;
    const target = this.#pathOf(key);
    const bodyError = new BodyError();
    const request = {
      what,
      root: this.#root,
      target,
      tempName: tempName(this.#processes.self),
      replace,
      signal,
    };
    try {
      const written = await writeAtomically(cancellable(bodyError.watch(body), signal, what), request);
      return { key, ...written };
    } catch (error) {
      throw bodyError.is(error) ? error : await fileError(error, what, this.#root);
    }
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal, range, transient = false } = options;
    const what = `Reading ${this.name}:${key}`;
    throwIfAborted(signal, what);
    const { handle, size } = await this.#openObject(key, what);
    try {
      const start = Math.min(range?.offset ?? 0, size);
      yield* readBytes(handle, start, Math.min(start + (range?.length ?? size), size), {
        ...{ signal, what, transient },
      });
    } catch (error) {
      throw await fileError(error, what, this.#root);
    } finally {
      await handle.close();
    }
  }

  async stat(key: string, { signal }: WithSignal = {}): Promise<StoredObject | undefined> {
    const what = `Looking at ${this.name}:${key}`;
    throwIfAborted(signal, what);
    const path = this.#pathOf(key);
    try {
      const found = await lstat(path);
      return found.isFile() ? { key, size: found.size, modifiedAt: Math.floor(found.mtimeMs) } : undefined;
    } catch (error) {
      await this.#assertMerelyAbsent(error, what);
      return undefined;
    }
  }

  async *list(prefix: string, { signal }: WithSignal = {}): AsyncGenerator<StoredObject, void, undefined> {
    const what = `Listing ${this.name}:${prefix}`;
    assertKeyPrefix(prefix);
    throwIfAborted(signal, what);
    try {
      await this.#assertRoot(what);
      for await (const { key, name, size, modifiedAt } of walkFolder(this.#root, prefix)) {
        throwIfAborted(signal, what);
        if (!isTempName(name)) yield { key, size, modifiedAt };
      }
    } catch (error) {
      throw await fileError(error, what, this.#root);
    }
  }

  async delete(key: string, { signal }: WithSignal = {}): Promise<void> {
    const what = `Deleting ${this.name}:${key}`;
    throwIfAborted(signal, what);
    const path = this.#pathOf(key);
    try {
      // A folder of that name is other objects' and no object: unlink(2) refuses it on Linux with EISDIR.
      await unlink(path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (errnoOf(error) !== "EISDIR") await this.#assertMerelyAbsent(error, what);
    }
    await removeEmptyFolders(dirname(path), this.#root);
  }

  async removeLeftovers(prefix: string, { signal }: WithSignal = {}): Promise<number> {
    const what = `Removing leftovers of ${this.name}:${prefix}`;
    assertKeyPrefix(prefix);
    try {
      await this.#assertRoot(what);
      return await removeLeftoverFiles(this.#root, prefix, {
        processes: this.#processes,
        beforeEach: () => throwIfAborted(signal, what),
      });
    } catch (error) {
      throw await fileError(error, what, this.#root);
    }
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    const what = `Measuring the free space of ${this.name}`;
    try {
      return await readSpace(this.#root);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") throw missingRoot(what, this.#root);
      throw await fileError(error, what, this.#root);
    }
  }

  #pathOf(key: string): string {
    assertObjectKey(key);
    if (key.split("/").some(isTempName)) {
      throw new HoldfastError("internal", {
        what: `Using the object key ${key}`,
        why: "such names are reserved",
      });
    }
    return join(this.#root, key);
  }

  /** Only a regular file is an object; a symbolic link in its place is refused, not followed. */
  async #openObject(key: string, what: string): Promise<{ handle: FileHandle; size: number }> {
    const path = this.#pathOf(key);
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const found = await handle.stat();
      if (found.isFile()) return { handle, size: found.size };
    } catch (error) {
      await handle?.close();
      if (errnoOf(error) !== "ELOOP") await this.#assertMerelyAbsent(error, what);
      throw notFound(what, path, error);
    }
    await handle.close();
    throw notFound(what, path);
  }

  /** Returns when the error says that there is no such file in a store that is there; throws otherwise. */
  async #assertMerelyAbsent(error: unknown, what: string): Promise<void> {
    const errno = errnoOf(error);
    if (errno !== "ENOENT" && errno !== "ENOTDIR") throw await fileError(error, what, this.#root);
    await this.#assertRoot(what);
  }

  async #assertRoot(what: string): Promise<void> {
    try {
      if ((await stat(this.#root)).isDirectory()) return;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw await fileError(error, what, this.#root);
    }
    throw missingRoot(what, this.#root);
  }
}

async function* readBytes(
  handle: FileHandle,
  start: number,
  end: number,
  { signal, what, transient }: { signal: AbortSignal | undefined; what: string; transient: boolean },
): AsyncGenerator<Uint8Array, void, undefined> {
  let memory = Buffer.allocUnsafe(Math.min(READ_BYTES, end - start));
  for (let at = start; at < end;) {
    throwIfAborted(signal, what);
    const { bytesRead } = await handle.read(memory, 0, Math.min(memory.length, end - at), at);
    if (bytesRead === 0) {
      throw new HoldfastError("damaged", { what, why: `the file ends at byte ${at}, before byte ${end}` });
    }
    at += bytesRead;
    yield memory.subarray(0, bytesRead);
    if (!transient) memory = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
  }
}

function notFound(what: string, path: string, cause?: unknown): HoldfastError {
  return new HoldfastError("not-found", { what, why: `there is no object at ${path}`, cause });
}

function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw cancellation(signal, what);
}
