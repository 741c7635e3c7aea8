/** What a server tells of one object without its bytes. */
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { HoldfastError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { StoredObject } from "../../ports/store.ts";
import type { Call, S3Connection } from "./s3-connection.ts";
import { noBucket, statusOf } from "./s3-error.ts";

/** The name under which an object keeps the id of the put that made it. */
const PUT_ID = "holdfast-put";

export interface Head {
  size: number;
  /** In whole seconds: all that HEAD tells, so a listing says no more either. */
  modifiedAt: Instant;
  etag: string | undefined;
  /** Of the put that made it. */
  putId: string | undefined;
  lockedUntil: Instant | undefined;
  isHeld: boolean;
}

type Context = Omit<Call, "right">;

export class Heads {
  readonly #connection: S3Connection;
  /** A missing bucket and a missing object answer HEAD alike. */
  #bucketIsThere = false;

  constructor(connection: S3Connection) {
    this.#connection = connection;
  }

  /** Undefined when there is no such object in a bucket that is there. */
  async of(key: string, context: Context): Promise<Head | undefined> {
    try {
      return await this.#ask(key, context);
    } catch (error) {
      if (!isUnexplained(error)) throw error;
      await this.#explain(context);
      // The answer may have set the client's clock right.
      return this.#ask(key, context);
    }
  }

  async #ask(key: string, context: Context): Promise<Head | undefined> {
    const call = { ...context, right: "s3:GetObject" };
    const input = { Bucket: this.#connection.bucket, Key: key };
    try {
      const head = await this.#connection.run(call, (client, options) => client.headObject(input, options));
      this.#bucketIsThere = true;
      return readHead(head);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      if (!this.#bucketIsThere) await this.#explain(context);
      this.#bucketIsThere = true;
      return undefined;
    }
  }

  /**
   * Asks for something whose answer has a body, as HEAD fails without a word. Throws what it says, if anything: also
   * that listing is not allowed, for then S3 does not tell a missing object from a forbidden one.
   */
  async #explain(context: Context): Promise<void> {
    const { bucket } = this.#connection;
    const call = { ...context, right: "s3:ListBucket" };
    try {
      const input = { Bucket: bucket, MaxKeys: 1, Prefix: "" };
      await this.#connection.run(call, (client, options) => client.listObjectsV2(input, options));
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      throw new HoldfastError("store", { what: context.what, cause: error, ...noBucket(bucket) });
    }
  }
}

function isUnexplained(error: unknown): boolean {
  const status = statusOf(error) ?? 0;
  return status === 301 || status === 400 || status === 401 || status === 403;
}

/** What the port tells of an object. */
export function storedObject(key: string, { size, modifiedAt, etag }: Head): StoredObject {
  return { key, size, modifiedAt, ...(etag === undefined ? {} : { version: etag }) };
}

function readHead(head: HeadObjectCommandOutput): Head {
  return {
    size: head.ContentLength ?? 0,
    modifiedAt: wholeSeconds(head.LastModified),
    etag: head.ETag,
    putId: head.Metadata?.[PUT_ID],
    lockedUntil: head.ObjectLockRetainUntilDate?.getTime(),
    isHeld: head.ObjectLockLegalHoldStatus === "ON",
  };
}

export function wholeSeconds(date: Date | undefined): Instant {
  return Math.floor((date?.getTime() ?? 0) / 1000) * 1000;
}

export function metadataOf(putId: string): Record<string, string> {
  return { [PUT_ID]: putId };
}
