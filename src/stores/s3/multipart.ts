/** An upload in parts: several under way at once, each sent again when it fails, all of them removed when the whole does. */
import type { CompletedPart } from "@aws-sdk/client-s3";
import { asError, HoldfastError } from "../../domain/errors.ts";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { StoredObject } from "../../ports/store.ts";
import { metadataOf } from "./heads.ts";
import type { Part, PartReader } from "./part-reader.ts";
import { PartSizes } from "./part-sizes.ts";
import { Publisher, type Put, type WriterParts } from "./publish.ts";
import { partRules, placement } from "./request-fields.ts";
import { codeOf, statusOf } from "./s3-error.ts";

/** Parts under way take about as much memory together, or one its own size. */
const UNDER_WAY_BYTES = 32 * 2 ** 20;
const MOST_UNDER_WAY = 4;
/** A signal leaves ten seconds for everything. */
const ABORT_LIMIT: Milliseconds = 5 * SECOND;

export interface UploadContext {
  parts: WriterParts;
  put: Put;
  /** Fires when the put has failed: nobody waits for the body then. */
  failed: AbortController;
  /** Ids of uploads under way in this process. */
  underWay: Set<string>;
}

export class MultipartUpload {
  readonly #context: UploadContext;
  readonly #publisher: Publisher;
  readonly #sizes: PartSizes;
  readonly #sending = new Set<Promise<void>>();
  readonly #done: CompletedPart[] = [];
  #uploadId = "";
  #sent = 0;

  constructor(context: UploadContext) {
    this.#context = context;
    this.#publisher = new Publisher(context.parts, context.put);
    this.#sizes = new PartSizes(partRules(context.parts.options));
  }

  /** Sends `first`, which has been read, and all that follows it. */
  async run(first: Part, reader: PartReader): Promise<StoredObject> {
    await this.#publisher.assertAbsent();
    await this.#begin();
    const { underWay } = this.#context;
    underWay.add(this.#uploadId);
    try {
      await this.#sendAll(first, reader);
      return await this.#publisher.publish("parts", this.#sent, (condition) => this.#complete(condition));
    } catch (error) {
      this.#context.failed.abort(asError(error));
      await Promise.allSettled(this.#sending);
      await this.#abort();
      throw error;
    } finally {
      underWay.delete(this.#uploadId);
    }
  }

  async #begin(): Promise<void> {
    const { what, putId } = this.#context.put;
    const input = { ...this.#target(), ...placement(this.#options), Metadata: metadataOf(putId) };
    const { UploadId } = await this.#again((signal) =>
      this.#connection.run({ what, right: "s3:PutObject", signal }, (client, options) =>
        client.createMultipartUpload(input, options),
      ),
    );
    if (UploadId === undefined) throw new HoldfastError("store", { what, why: "the store began no upload" });
    this.#uploadId = UploadId;
  }

  async #sendAll(first: Part, reader: PartReader): Promise<void> {
    let part = first;
    for (let number = 1; ; number++) {
      if (part.bytes.byteLength > 0 || number === 1) {
        this.#assertRoom(number);
        await this.#start(number, part, reader);
      }
      if (part.isLast) break;
      part = await reader.next(this.#sizes.next(this.#sent));
    }
    await Promise.all(this.#sending);
    this.#signal.throwIfAborted();
  }

  /** Waits until there is room for one more part under way. */
  async #start(number: number, part: Part, reader: PartReader): Promise<void> {
    const size = part.bytes.byteLength;
    const most = Math.max(1, Math.min(MOST_UNDER_WAY, Math.floor(UNDER_WAY_BYTES / size)));
    while (this.#sending.size >= most) await Promise.race(this.#sending);
    this.#signal.throwIfAborted();
    this.#sent += size;
    const sending = this.#send(number, part.bytes)
      .then(() => reader.release(part))
      .catch((error: unknown) => this.#context.failed.abort(asError(error)))
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #send(number: number, bytes: Uint8Array): Promise<void> {
    const { what } = this.#context.put;
    const { ETag } = await this.#again((signal) =>
      this.#context.parts.digests.with(bytes, (digest) =>
        this.#connection.run({ what, right: "s3:PutObject", signal }, (client, options) =>
          client.uploadPart({ ...this.#upload(), PartNumber: number, Body: bytes, ...digest }, options),
        ),
      ),
    );
    if (ETag === undefined) throw new HoldfastError("store", { what, why: "the store gave a part no ETag" });
    this.#done[number - 1] = { PartNumber: number, ETag };
  }

  async #complete(condition: "*" | undefined): Promise<void> {
    const { what, signal } = this.#context.put;
    const input = { ...this.#upload(), MultipartUpload: { Parts: this.#done } };
    const conditional = condition === undefined ? {} : { IfNoneMatch: condition };
    try {
      await this.#connection.run({ what, right: "s3:PutObject", signal }, (client, options) =>
        client.completeMultipartUpload({ ...input, ...conditional }, options),
      );
    } catch (error) {
      // An earlier attempt whose answer was lost has ended the upload: whether it was this one, the object tells.
      if (statusOf(error) !== 404 || codeOf(error) === "NoSuchBucket") throw error;
    }
  }

  /** Best effort, while an error is on its way: what stays is found by removeLeftovers and by the bucket's lifecycle rule. */
  async #abort(): Promise<void> {
    const { what } = this.#context.put;
    const over = new AbortController();
    const call = { what, right: "s3:AbortMultipartUpload", signal: over.signal };
    const aborted = this.#connection.run(call, (client, options) =>
      client.abortMultipartUpload(this.#upload(), options),
    );
    const limit = this.#context.parts.clock.sleep(ABORT_LIMIT, { signal: over.signal, unref: true });
    await Promise.race([aborted, limit]).catch(() => undefined);
    over.abort();
    await Promise.allSettled([aborted, limit]);
  }

  async #again<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = this.#signal;
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(signal);
      } catch (error) {
        await this.#context.parts.backoff.waitOrThrow(error, attempt, signal);
      }
    }
  }

  #assertRoom(number: number): void {
    const { maxParts, partSize } = this.#options;
    if (number <= maxParts) return;
    throw new HoldfastError("store", {
      what: this.#context.put.what,
      why: `${maxParts} parts are sent, and more is to come`,
      next: `set \`partSize\` larger than ${partSize / 2 ** 20}MiB`,
    });
  }

  #target() {
    return { Bucket: this.#connection.bucket, Key: this.#context.put.fullKey };
  }

  #upload() {
    return { ...this.#target(), UploadId: this.#uploadId };
  }

  get #connection() {
    return this.#context.parts.connection;
  }

  get #options() {
    return this.#context.parts.options;
  }

  get #signal(): AbortSignal {
    return this.#context.failed.signal;
  }
}
