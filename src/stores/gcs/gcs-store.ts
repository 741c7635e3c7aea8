/** A store in a bucket of Google Cloud Storage, through its JSON API. What is measured and decided: docs/decisions/gcs.md. */
import { cancellation, HoldfastError } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { GetOptions, PutOptions, Store, StoredObject } from "../../ports/store.ts";
import { Backoff } from "../../remote/backoff.ts";
import { assertKeyPrefix, assertObjectKey, compareKeys, isObjectKey } from "../object-key.ts";
import { BucketApi } from "./bucket-api.ts";
import { Connections } from "../../remote/connections.ts";
import { anonymous, GoogleCredentials, type Credentials } from "../../remote/google-credentials.ts";
import { download } from "./download.ts";
import { describeObject, type ObjectResource } from "./object-resource.ts";
import { ObjectRequests } from "./object-requests.ts";
import type { GcsStoreOptions } from "./options.ts";
import { refusalBehind } from "../../remote/google-refusal.ts";
import { inspectRights, type StoreDuty } from "./rights.ts";
import { upload } from "./upload.ts";

/** Objects and nothing else: neither buckets nor rights can be changed with it. */
const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const DEFAULT_ENDPOINT = "https://storage.googleapis.com";
/** The network may be away for a minute and a half before an upload or a download that has begun is given up. */
const PATIENCE = { attempts: 9, initialDelay: SECOND / 2, maxDelay: 30 * SECOND };

export interface GcsStoreSurroundings {
  name: string;
  clock: Clock;
  random: () => number;
  /** Names a proxy, where there is one. */
  env: NodeJS.ProcessEnv;
  /** Default: what the options and the environment provide. */
  credentials?: Credentials;
  /** What its identity is there for; default: all. */
  duty?: StoreDuty;
  /** Bytes that are sent at once, a multiple of 256 KiB. */
  blockBytes?: number;
}

interface WithSignal {
  signal?: AbortSignal | undefined;
}

export class GcsStore implements Store {
  readonly name: string;
  readonly kind = "gcs";
  readonly #options: Omit<GcsStoreOptions, "kind">;
  readonly #around: GcsStoreSurroundings;
  readonly #api: BucketApi;
  readonly #objects: ObjectRequests;
  readonly #backoff: Backoff;
  /** Before each key. */
  readonly #folder: string;

  constructor(options: Omit<GcsStoreOptions, "kind">, around: GcsStoreSurroundings) {
    const { bucket, project, prefix, keyFile, endpoint = DEFAULT_ENDPOINT } = options;
    const { clock, env, random } = around;
    const origin = new URL(endpoint);
    const own = origin.protocol === "https:" ? new GoogleCredentials(keyFile, [SCOPE]) : anonymous;
    this.name = around.name;
    this.#options = options;
    this.#around = around;
    this.#folder = prefix === undefined ? "" : `${prefix}/`;
    const connections = new Connections(origin, { clock, env });
    this.#api = new BucketApi({
      ...{ bucket, project, connections, clock },
      credentials: around.credentials ?? own,
    });
    this.#objects = new ObjectRequests(this.#api);
    this.#backoff = new Backoff({ clock, random, ...PATIENCE });
  }

  async put(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { signal, replace = false }: PutOptions = {},
  ): Promise<StoredObject> {
    const what = `Writing ${this.name}:${key}`;
    const name = this.#nameOf(key);
    throwIfAborted(signal, what);
    const { storageClass } = this.#options;
    const { blockBytes } = this.#around;
    const context = { api: this.#api, backoff: this.#backoff, what, signal };
    try {
      const stored = await upload({ name, replace, storageClass }, body, {
        ...context,
        ...(blockBytes === undefined ? {} : { blockBytes }),
      });
      return describeObject(key, stored);
    } catch (error) {
      throw await this.#objects.keptOrAsItWas(error, name, { what, signal });
    }
  }

  async *get(
    key: string,
    { signal, range, version: generation }: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const what = `Reading ${this.name}:${key}`;
    const name = this.#nameOf(key);
    throwIfAborted(signal, what);
    if (range?.length === 0) {
      if ((await this.#objects.find(name, { what, signal })) === undefined) throw this.#notFound(what, name);
      return;
    }
    try {
      const request = { name, range, generation, what, signal };
      for await (const chunk of download(this.#api, request, this.#backoff)) {
        yield chunk;
        throwIfAborted(signal, what);
      }
    } catch (error) {
      if (refusalBehind(error)?.status !== 404) throw error;
      await this.#objects.assertMissing(error, { what, signal });
      throw this.#notFound(what, name, error);
    }
  }

  async stat(key: string, { signal }: WithSignal = {}): Promise<StoredObject | undefined> {
    const what = `Looking at ${this.name}:${key}`;
    const found = await this.#find(key, what, signal);
    return found === undefined ? undefined : describeObject(key, found);
  }

  /** Names that are no keys are not ours and are skipped, such as the folders that the console makes. */
  async *list(prefix: string, { signal }: WithSignal = {}): AsyncGenerator<StoredObject, void, undefined> {
    const what = `Listing ${this.name}:${prefix}`;
    assertKeyPrefix(prefix);
    throwIfAborted(signal, what);
    let last: string | undefined;
    for await (const object of this.#objects.list(this.#folder + prefix, { what, signal })) {
      const key = object.name.slice(this.#folder.length);
      if (!object.name.startsWith(this.#folder + prefix)) throw disorder(what, object.name);
      if (last !== undefined && compareKeys(key, last) <= 0) throw disorder(what, object.name);
      last = key;
      if (isObjectKey(key)) yield describeObject(key, object);
      throwIfAborted(signal, what);
    }
  }

  async delete(key: string, { signal }: WithSignal = {}): Promise<void> {
    const what = `Deleting ${this.name}:${key}`;
    const found = await this.#find(key, what, signal);
    if (found !== undefined) await this.#objects.delete(found, { what, signal });
  }

  /** An unfinished upload is no object, costs nothing, and the store forgets it after a week. */
  async removeLeftovers(prefix: string, { signal }: WithSignal = {}): Promise<number> {
    assertKeyPrefix(prefix);
    throwIfAborted(signal, `Removing leftovers of ${this.name}:${prefix}`);
    return 0;
  }

  async space(): Promise<undefined> {
    return undefined;
  }

  async inspect({ signal }: WithSignal = {}): Promise<string[]> {
    return inspectRights(this.#api, {
      bucket: this.#options.bucket,
      duty: this.#around.duty ?? "all",
      what: `Inspecting ${this.name}`,
      signal,
    });
  }

  async #find(
    key: string,
    what: string,
    signal: AbortSignal | undefined,
  ): Promise<ObjectResource | undefined> {
    const name = this.#nameOf(key);
    throwIfAborted(signal, what);
    return this.#objects.find(name, { what, signal });
  }

  #nameOf(key: string): string {
    assertObjectKey(key);
    const name = this.#folder + key;
    assertObjectKey(name);
    return name;
  }

  #notFound(what: string, name: string, cause?: unknown): HoldfastError {
    const why = `there is no object gs://${this.#options.bucket}/${name}`;
    return new HoldfastError("not-found", { what, why, cause });
  }
}

function disorder(what: string, name: string): HoldfastError {
  const why = `the store lists ${JSON.stringify(name)} where it does not belong`;
  return new HoldfastError("store", { what, why, next: "check `endpoint`" });
}

function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw cancellation(signal, what);
}
