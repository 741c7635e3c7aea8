/**
 * A store on whatever rclone speaks to. An object is uploaded under a temporary name, compared, and given its key by a rename
 * or copy of the remote's own. Which promise of the port depends on the remote stands in docs/rclone-store.md.
 */
import { dirname, join } from "node:path/posix";
import { cancellation, HoldfastError } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import type { GetOptions, PutOptions, Store, StoredObject } from "../../ports/store.ts";
import { BodyError } from "../body-error.ts";
import { cancellable } from "../cancellable.ts";
import { assertKeyPrefix, assertObjectKey, compareKeys, isKeySegment } from "../object-key.ts";
import { tempName } from "../temp-name.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { Connection, type Connected, type ConnectionOptions } from "./connection.ts";
import { InTurn } from "./in-turn.ts";
import { inspectRemote } from "./inspect-remote.ts";
import { removeLeftoversOf } from "./leftovers.ts";
import { alreadyExists, isReservedName, Objects } from "./objects.ts";
import { openObject } from "./open-object.ts";
import { isAbsent, RcloneFailure } from "./rclone-api.ts";
import { rcloneError } from "./rclone-error.ts";
import type { Remote, RemoteItem } from "./remote.ts";
import { uploadError } from "./upload-error.ts";

/** How long a failed put may take to remove what it had written. */
const DISCARD_LIMIT = 3 * SECOND;

interface WithSignal {
  signal?: AbortSignal | undefined;
}

export interface RcloneStoreContext extends ConnectionOptions {
  processes: ProcessTable;
}

export class RcloneStore implements Store {
  readonly name: string;
  readonly kind = "rclone";
  readonly #context: RcloneStoreContext;
  readonly #connection: Connection;
  readonly #processes: ProcessTable;
  readonly #clock: Clock;
  /** One key is given and taken away by one at a time. */
  readonly #changing = new InTurn();
  /** Temporary objects that could not be removed. */
  readonly #abandoned = new Set<string>();
  #putsUnderWay = 0;

  constructor(context: RcloneStoreContext) {
    this.name = context.name;
    this.#context = context;
    this.#connection = new Connection(context);
    this.#processes = context.processes;
    this.#clock = context.clock;
  }

  async put(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { signal, replace = false }: PutOptions = {},
  ): Promise<StoredObject> {
    const what = `Writing ${this.name}:${key}`;
    assertKey(key);
    const bodyError = new BodyError();
    const watched = cancellable(bodyError.watch(body), signal, what);
    return this.#using({ what, signal, bodyError }, async (connected) => {
      if (!replace && (await connected.remote.stat(key, signal)) !== undefined) throw alreadyExists(what);
      this.#putsUnderWay++;
      const temp = join(dirname(key), tempName(this.#processes.self));
      try {
        const size = await this.#upload(connected, temp, watched, { what, signal });
        const publication = { temp, key, replace, size, what };
        const objects = objectsOf(connected);
        const { modifiedAt } = await this.#changing.run(key, () => objects.publish(publication));
        return { key, size, modifiedAt };
      } catch (error) {
        await this.#discard(connected.remote, temp);
        throw error;
      } finally {
        this.#putsUnderWay--;
      }
    });
  }

  async *get(key: string, { signal, range }: GetOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const what = `Reading ${this.name}:${key}`;
    assertKey(key);
    const { connected, release } = await this.#connect(what, signal);
    try {
      const objects = objectsOf(connected);
      if (range?.length === 0) {
        if ((await objects.stat(key, signal)) === undefined) throw notFound(what);
        return;
      }
      const content = await openObject(objects, key, { range, signal });
      if (content !== undefined) yield* cancellable(content, signal, what);
    } catch (error) {
      if (isAbsent(error)) throw notFound(what, error);
      throw errorOf(error, { what, signal });
    } finally {
      release();
    }
  }

  async stat(key: string, { signal }: WithSignal = {}): Promise<StoredObject | undefined> {
    const what = `Looking at ${this.name}:${key}`;
    assertKey(key);
    return this.#using({ what, signal }, async (connected) => {
      const found = await objectsOf(connected).stat(key, signal);
      return found && toObject(found);
    });
  }

  async *list(prefix: string, { signal }: WithSignal = {}): AsyncGenerator<StoredObject, void, undefined> {
    const what = `Listing ${this.name}:${prefix}`;
    assertKeyPrefix(prefix);
    const objects = await this.#using({ what, signal }, async (connected) => {
      const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf("/")));
      const items = (await connected.remote.list(folder, signal)) ?? [];
      return objectsOf(connected)
        .fromListing(items)
        .filter(({ path }) => path.startsWith(prefix) && path.split("/").every(isKeySegment))
        .sort((a, b) => compareKeys(a.path, b.path));
    });
    for (const object of objects) {
      throwIfAborted(signal, what);
      yield toObject(object);
    }
  }

  async delete(key: string, { signal }: WithSignal = {}): Promise<void> {
    const what = `Deleting ${this.name}:${key}`;
    assertKey(key);
    await this.#using({ what, signal }, (connected) =>
      this.#changing.run(key, () => objectsOf(connected).remove(key, signal)),
    );
  }

  async removeLeftovers(prefix: string, { signal }: WithSignal = {}): Promise<number> {
    const what = `Removing leftovers of ${this.name}:${prefix}`;
    assertKeyPrefix(prefix);
    return this.#using({ what, signal }, ({ remote, features }) =>
      removeLeftoversOf(remote, {
        ...{ prefix, what, signal, processes: this.#processes, abandoned: this.#abandoned },
        removeFolders: features.CanHaveEmptyDirectories && this.#putsUnderWay === 0,
      }),
    );
  }

  async inspect({ signal }: WithSignal = {}): Promise<string[]> {
    const what = `Inspecting ${this.name}`;
    return this.#using({ what, signal }, ({ remote }) => inspectRemote(remote, this.#context));
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number } | undefined> {
    const what = `Measuring the free space of ${this.name}`;
    return this.#using({ what }, async ({ remote, features }) => {
      if (!features.About) return undefined;
      // A server that refuses to tell is one that does not know.
      return remote.about().catch((error: unknown) => {
        if (rcloneError(error, what).transient) throw error;
        return undefined;
      });
    });
  }

  /** Ends rclone. It ends by itself when it is idle for a minute, and with this process. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  async #upload(
    connected: Connected,
    temp: string,
    body: AsyncIterable<Uint8Array>,
    { what, signal }: { what: string; signal: AbortSignal | undefined },
  ): Promise<number> {
    const { remote, features } = connected;
    const sent = { bytes: 0 };
    try {
      const size = await remote.upload(temp, counted(body, sent), { what, signal });
      throwIfAborted(signal, what);
      return size;
    } catch (error) {
      // Over SFTP it does not close a file that it could not write: only its end gives the disk its space back.
      if (error instanceof RcloneFailure) await this.#connection.retire(connected);
      throw await uploadError(error, { what, sent: sent.bytes, remote, features });
    }
  }

  /** While an error is on its way: a second one must not hide it, and removeLeftovers finds what stays. */
  async #discard(remote: Remote, temp: string): Promise<void> {
    const enough = new AbortController();
    this.#abandoned.add(temp);
    const removed = remote.remove(temp).then(() => this.#abandoned.delete(temp));
    const limit = this.#clock.sleep(DISCARD_LIMIT, { signal: enough.signal });
    await Promise.race([removed, limit]).catch(() => undefined);
    enough.abort();
  }

  async #using<T>(
    { what, signal, bodyError }: { what: string; signal?: AbortSignal | undefined; bodyError?: BodyError },
    action: (connected: Connected) => Promise<T>,
  ): Promise<T> {
    const { connected, release } = await this.#connect(what, signal);
    try {
      return await action(connected);
    } catch (error) {
      throw bodyError?.is(error) === true ? error : errorOf(error, { what, signal });
    } finally {
      release();
    }
  }

  async #connect(what: string, signal: AbortSignal | undefined) {
    throwIfAborted(signal, what);
    const taking = this.#connection.take();
    try {
      const connected = await unlessAborted(taking, signal, what);
      return { connected, release: () => void this.#connection.release(connected) };
    } catch (error) {
      taking.then(
        (late) => this.#connection.release(late),
        () => undefined,
      );
      throw errorOf(error, { what, signal });
    }
  }
}

function objectsOf({ remote, features }: Connected): Objects {
  return new Objects(remote, features);
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  sent: { bytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    yield chunk;
    sent.bytes += chunk.byteLength;
  }
}

function assertKey(key: string): void {
  assertObjectKey(key);
  if (!key.split("/").some(isReservedName)) return;
  throw new HoldfastError("internal", {
    what: `Using the object key ${key}`,
    why: "such names are reserved",
  });
}

function toObject({ path, size, modifiedAt }: RemoteItem): StoredObject {
  return { key: path, size, modifiedAt };
}

function notFound(what: string, cause?: unknown): HoldfastError {
  return new HoldfastError("not-found", { what, why: "there is no such object", cause });
}

function errorOf(
  error: unknown,
  { what, signal }: { what: string; signal: AbortSignal | undefined },
): HoldfastError {
  if (signal?.aborted === true) return cancellation(signal, what);
  return rcloneError(error, what);
}

function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw cancellation(signal, what);
}
