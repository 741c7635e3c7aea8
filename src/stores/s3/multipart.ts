/** An upload in parts, all of which are removed when the whole fails. */
import { asError, HoldfastError } from "../../domain/errors.ts";
import type { StoredObject } from "../../ports/store.ts";
import { PartUpload, type UploadContext } from "./part-upload.ts";
import type { Part, PartReader } from "./part-reader.ts";
import { Pieces } from "./pieces.ts";
import { Publisher } from "./publish.ts";
import { partRules, placement } from "./request-fields.ts";
import { planUpload, type UploadPlan } from "./upload-plan.ts";

export class MultipartUpload {
  readonly #context: UploadContext;
  readonly #reader: PartReader;
  readonly #publisher: Publisher;
  readonly #plan: UploadPlan;
  readonly #whole: PartUpload;
  readonly #pieces: Pieces;

  constructor(context: UploadContext, reader: PartReader) {
    this.#context = context;
    this.#reader = reader;
    this.#publisher = new Publisher(context.parts, context.put);
    this.#plan = planUpload(partRules(context.parts.options));
    this.#whole = new PartUpload(context, context.put.fullKey, reader);
    this.#pieces = new Pieces(context, this.#whole, reader, this.#plan.pieceBytes);
  }

  /** Sends `first`, which has been read, and all that follows it. */
  async run(first: Part): Promise<StoredObject> {
    await this.#publisher.assertAbsent();
    await this.#whole.begin(placement(this.#context.parts.options));
    const { underWay, put } = this.#context;
    underWay.add(put.putId);
    try {
      const size = await this.#sendAll(first);
      return await this.#publisher.publish("parts", size, (condition) => this.#whole.complete(condition));
    } catch (error) {
      this.#context.failed.abort(asError(error));
      await this.#whole.abort();
      await this.#pieces.discard();
      throw error;
    } finally {
      this.#whole.forget();
      underWay.delete(put.putId);
    }
  }

  async #sendAll(first: Part): Promise<number> {
    const { direct } = this.#plan;
    let [number, size] = [1, 0];
    for await (const part of this.#partsFrom(first)) {
      size += part.bytes.byteLength;
      this.#assertRoom(number);
      // Together they would take the memory of two uploads.
      if (number === direct + 1) await this.#whole.settle();
      if (number > direct) number += (await this.#pieces.send(number, part)) ? 1 : 0;
      else await this.#whole.send(number++, part);
    }
    await this.#pieces.close(number);
    await this.#whole.settle();
    return size;
  }

  /** A body that ends where a part does ends in an empty one, which is none. */
  async *#partsFrom(first: Part): AsyncGenerator<Part, void, undefined> {
    for (let part = first; ; part = await this.#reader.next(this.#context.parts.options.partSize)) {
      if (part.bytes.byteLength > 0) yield part;
      if (part.isLast) return;
    }
  }

  #assertRoom(number: number): void {
    const { maxParts, partSize } = this.#context.parts.options;
    if (number <= maxParts) return;
    throw new HoldfastError("store", {
      what: this.#context.put.what,
      why: `${maxParts} parts are sent, and more is to come`,
      next: `set \`partSize\` larger than ${partSize / 2 ** 20}MiB`,
    });
  }
}
