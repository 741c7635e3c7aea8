/** Parts on their way to become one object: several at once, each sent again when it fails. */
import type { CompletedPart } from "@aws-sdk/client-s3";
import { asError, HoldfastError } from "../../domain/errors.ts";
import { briefly } from "./briefly.ts";
import { metadataOf } from "./heads.ts";
import type { Part, PartReader } from "./part-reader.ts";
import type { Put, WriterParts } from "./publish.ts";
import type { placement } from "./request-fields.ts";
import { codeOf, statusOf } from "./s3-error.ts";

/** Parts under way take about as much memory together, or one its own size. */
const UNDER_WAY_BYTES = 32 * 2 ** 20;
const MOST_UNDER_WAY = 4;

export interface UploadContext {
  parts: WriterParts;
  put: Put;
  /** Fires when the put has failed: nobody waits for the body then. */
  failed: AbortController;
  /** Ids of uploads, and of puts, under way in this process. */
  underWay: Set<string>;
}

export class PartUpload {
  /** Bytes of all parts that were begun. */
  sent = 0;
  readonly #context: UploadContext;
  readonly #key: string;
  readonly #reader: PartReader;
  readonly #sending = new Set<Promise<void>>();
  readonly #done: CompletedPart[] = [];
  #uploadId = "";

  /** `key`: as the bucket knows it. */
  constructor(context: UploadContext, key: string, reader: PartReader) {
    this.#context = context;
    this.#key = key;
    this.#reader = reader;
  }

  async begin(fields: Partial<ReturnType<typeof placement>>): Promise<void> {
    const { what, putId } = this.#context.put;
    const input = { ...this.#target(), ...fields, Metadata: metadataOf(putId) };
    const { UploadId } = await this.again((signal) =>
      this.#connection.run({ what, right: "s3:PutObject", signal }, (client, options) =>
        client.createMultipartUpload(input, options),
      ),
    );
    if (UploadId === undefined) throw new HoldfastError("store", { what, why: "the store began no upload" });
    this.#uploadId = UploadId;
    this.#context.underWay.add(UploadId);
  }

  /** Takes a part, once there is room for one more under way. */
  async send(number: number, part: Part): Promise<void> {
    const size = part.bytes.byteLength;
    await this.#start(Math.max(1, Math.min(MOST_UNDER_WAY, Math.floor(UNDER_WAY_BYTES / size))), async () => {
      await this.#put(number, part.bytes);
      this.#reader.release(part);
    });
    this.sent += size;
  }

  /** Takes a part that the server copies from the object of that key; `copied` is called then. */
  async copy(number: number, source: string, copied: () => Promise<void>): Promise<void> {
    await this.#start(MOST_UNDER_WAY, async () => {
      await this.#copy(number, source);
      await copied();
    });
  }

  /** Resolves when nothing is under way any more; throws what went wrong. */
  async settle(): Promise<void> {
    await Promise.all(this.#sending);
    this.#context.failed.signal.throwIfAborted();
  }

  async complete(condition: "*" | undefined): Promise<void> {
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
  async abort(): Promise<void> {
    await Promise.allSettled(this.#sending);
    const { what } = this.#context.put;
    await briefly(this.#context.parts.clock, (signal) =>
      this.#connection.run({ what, right: "s3:AbortMultipartUpload", signal }, (client, options) =>
        client.abortMultipartUpload(this.#upload(), options),
      ),
    );
  }

  /** Nobody has it under way any more, however it ended. */
  forget(): void {
    this.#context.underWay.delete(this.#uploadId);
  }

  async again<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#context.failed;
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(signal);
      } catch (error) {
        await this.#context.parts.backoff.waitOrThrow(error, attempt, signal);
      }
    }
  }

  async #start(most: number, work: () => Promise<void>): Promise<void> {
    const { failed } = this.#context;
    while (this.#sending.size >= most) await Promise.race(this.#sending);
    failed.signal.throwIfAborted();
    const sending = work()
      .catch((error: unknown) => failed.abort(asError(error)))
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #put(number: number, bytes: Uint8Array): Promise<void> {
    const { what } = this.#context.put;
    const { ETag } = await this.again((signal) =>
      this.#context.parts.digests.with(bytes, (digest) =>
        this.#connection.run({ what, right: "s3:PutObject", signal }, (client, options) =>
          client.uploadPart({ ...this.#upload(), PartNumber: number, Body: bytes, ...digest }, options),
        ),
      ),
    );
    this.#keep(number, ETag);
  }

  async #copy(number: number, source: string): Promise<void> {
    const { what } = this.#context.put;
    const { bucket } = this.#connection;
    const CopySource = `${bucket}/${source.split("/").map(encodeURIComponent).join("/")}`;
    try {
      const { CopyPartResult } = await this.again((signal) =>
        this.#connection.run({ what, right: "s3:GetObject", signal }, (client, options) =>
          client.uploadPartCopy({ ...this.#upload(), PartNumber: number, CopySource }, options),
        ),
      );
      this.#keep(number, CopyPartResult?.ETag);
    } catch (error) {
      throw statusOf(error) === 501 ? this.#tooLarge(error) : error;
    }
  }

  #keep(number: number, ETag: string | undefined): void {
    const { what } = this.#context.put;
    if (ETag === undefined) throw new HoldfastError("store", { what, why: "the store gave a part no ETag" });
    this.#done[number - 1] = { PartNumber: number, ETag };
  }

  #tooLarge(cause: unknown): HoldfastError {
    const { partSize } = this.#context.parts.options;
    return new HoldfastError("store", {
      what: this.#context.put.what,
      why: "the server cannot copy parts, and more is to come than fits into so many others",
      next: `set \`partSize\` larger than ${partSize / 2 ** 20}MiB`,
      cause,
    });
  }

  #target() {
    return { Bucket: this.#connection.bucket, Key: this.#key };
  }

  #upload() {
    return { ...this.#target(), UploadId: this.#uploadId };
  }

  get #connection() {
    return this.#context.parts.connection;
  }
}
