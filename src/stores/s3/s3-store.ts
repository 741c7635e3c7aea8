/** A store in a bucket of Amazon S3 or of a server that speaks its protocol: keys are names below a prefix. */
import { randomUUID } from "node:crypto";
import { cancellation, retained } from "../../domain/errors.ts";
import type { Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DeleteOptions, GetOptions, PutOptions, Store, StoredObject } from "../../ports/store.ts";
import { Backoff } from "../../remote/backoff.ts";
import { BodyError } from "../body-error.ts";
import { cancellable } from "../cancellable.ts";
import { assertKeyPrefix, assertObjectKey } from "../object-key.ts";
import { CreateOnly, KeyTurns } from "./create-only.ts";
import { Heads, storedObject } from "./heads.ts";
import { missingRights } from "./rights.ts";
import { removeLeftoverUploads } from "./leftovers.ts";
import { listObjects } from "./list-objects.ts";
import type { S3StoreOptions } from "./options.ts";
import type { WriterParts } from "./publish.ts";
import { notFound, readObject } from "./read-object.ts";
import { removeLeftoverPieces } from "./piece-leftovers.ts";
import { PIECES_FOLDER } from "./piece-names.ts";
import { ContentDigests } from "./request-fields.ts";
import { S3Connection } from "./s3-connection.ts";
import { codeOf, statusOf } from "./s3-error.ts";
import { writeObject } from "./write-object.ts";

/** An outage of half a minute passes within them. */
const PUT_ATTEMPTS = 8;
/** The most that servers give. */
const PAGE_SIZE = 1000;

const UNCONDITIONAL =
  "The server does not keep to `If-None-Match`, so two machines that write one name at one moment are not told apart: give each stack one sidecar there.";

interface WithSignal {
  signal?: AbortSignal | undefined;
}

export interface S3StoreSettings {
  name: string;
  options: S3StoreOptions;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** After so long without a byte a connection is given up. */
  stallLimit?: Milliseconds;
  pageSize?: number;
}

export class S3Store implements Store {
  readonly name: string;
  readonly kind = "s3";
  readonly #ownPrefix: string;
  readonly #connection: S3Connection;
  readonly #heads: Heads;
  readonly #writer: WriterParts;
  readonly #pageSize: number;
  /** Ids of uploads in parts, and of their puts, that this process has under way. */
  readonly #underWay = new Set<string>();

  constructor({ name, options, clock, random, stallLimit, pageSize = PAGE_SIZE }: S3StoreSettings) {
    this.name = name;
    this.#ownPrefix = options.prefix === undefined ? "" : `${options.prefix}/`;
    this.#connection = new S3Connection(options, stallLimit === undefined ? {} : { stallLimit });
    this.#heads = new Heads(this.#connection);
    this.#pageSize = pageSize;
    this.#writer = {
      ...{ options, clock, connection: this.#connection, heads: this.#heads },
      ...{ createOnly: new CreateOnly(), turns: new KeyTurns(), digests: new ContentDigests() },
      backoff: new Backoff({ clock, random, attempts: PUT_ATTEMPTS }),
    };
  }

  async put(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { signal, replace = false }: PutOptions = {},
  ): Promise<StoredObject> {
    assertObjectKey(key);
    const what = `Writing ${this.name}:${key}`;
    if (signal?.aborted === true) throw cancellation(signal, what);
    const failed = new AbortController();
    const onAbort = () => failed.abort(cancellation(signal ?? failed.signal, what));
    signal?.addEventListener("abort", onAbort, { once: true });
    const bodyError = new BodyError();
    const put = {
      what,
      key,
      fullKey: this.#fullKey(key),
      ownPrefix: this.#ownPrefix,
      putId: randomUUID(),
      replace,
      signal: failed.signal,
    };
    try {
      const chunks = cancellable(bodyError.watch(body), failed.signal, what);
      return await writeObject({ parts: this.#writer, put, failed, underWay: this.#underWay }, chunks);
    } catch (error) {
      if (bodyError.is(error)) throw error;
      throw this.#connection.errorOf(error, { what, right: "s3:PutObject", signal });
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async *get(
    key: string,
    { signal, range, version: etag }: GetOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    assertObjectKey(key);
    const what = `Reading ${this.name}:${key}`;
    if (range?.length === 0) {
      if ((await this.#heads.of(this.#fullKey(key), { what, signal })) === undefined) throw notFound(what);
      return;
    }
    const call = { what, right: "s3:GetObject", signal };
    yield* readObject(this.#connection, { call, key: this.#fullKey(key), range, etag }, this.#writer.backoff);
  }

  async stat(key: string, { signal }: WithSignal = {}): Promise<StoredObject | undefined> {
    assertObjectKey(key);
    const what = `Looking at ${this.name}:${key}`;
    const head = await this.#heads.of(this.#fullKey(key), { what, signal });
    return head === undefined ? undefined : storedObject(key, head);
  }

  async *list(prefix: string, { signal }: WithSignal = {}): AsyncGenerator<StoredObject, void, undefined> {
    assertKeyPrefix(prefix);
    const what = `Listing ${this.name}:${prefix}`;
    const call = { what, right: "s3:ListBucket", signal };
    const request = { call, prefix: this.#ownPrefix + prefix, ownPrefix: this.#ownPrefix };
    for await (const object of listObjects(this.#connection, { ...request, pageSize: this.#pageSize })) {
      if (signal?.aborted === true) throw cancellation(signal, what);
      yield object;
    }
  }

  /**
   * In a bucket with versions the object is hidden by a delete marker, and its bytes stay until the bucket's lifecycle
   * removes them. One that is locked is not hidden: what a store keeps is to be seen.
   */
  async delete(key: string, { signal, hide = false }: DeleteOptions = {}): Promise<void> {
    assertObjectKey(key);
    const what = `Deleting ${this.name}:${key}`;
    if (!hide) await this.#assertNotKept(key, { what, signal });
    const input = { Bucket: this.#connection.bucket, Key: this.#fullKey(key) };
    try {
      await this.#connection.run({ what, right: "s3:DeleteObject", signal }, (client, options) =>
        client.deleteObject(input, options),
      );
    } catch (error) {
      if (statusOf(error) !== 404 || codeOf(error) === "NoSuchBucket") throw error;
    }
  }

  async removeLeftovers(prefix: string, { signal }: WithSignal = {}): Promise<number> {
    assertKeyPrefix(prefix);
    const call = { what: `Removing leftovers of ${this.name}:${prefix}`, right: "", signal };
    const request = { call, underWay: this.#underWay };
    const folder = this.#ownPrefix + PIECES_FOLDER;
    const counts = [
      await removeLeftoverUploads(this.#connection, { ...request, prefix: this.#ownPrefix + prefix }),
      await removeLeftoverUploads(this.#connection, { ...request, prefix: folder + prefix }),
      await removeLeftoverPieces(this.#connection, { ...request, folder, prefix: folder + prefix }),
    ];
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async inspect({ signal }: WithSignal = {}): Promise<string[]> {
    const call = { what: `Looking at the rights of ${this.name}`, right: "", signal };
    const missing = await missingRights(this.#connection, call, this.#ownPrefix);
    return this.#writer.createOnly.isDisproved ? [...missing, UNCONDITIONAL] : missing;
  }

  /** A bucket has no end. */
  async space(): Promise<undefined> {
    return undefined;
  }

  async #assertNotKept(key: string, { what, signal }: WithSignal & { what: string }): Promise<void> {
    const head = await this.#heads.of(this.#fullKey(key), { what, signal });
    if (head?.isHeld === true) throw retained(what, {});
    const now = this.#writer.clock.now();
    if (head?.lockedUntil !== undefined && head.lockedUntil > now) {
      throw retained(what, { until: head.lockedUntil });
    }
  }

  #fullKey(key: string): string {
    return this.#ownPrefix + key;
  }
}
