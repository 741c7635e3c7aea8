/**
 * Puts a stream of unknown length as one object: in one request when it fits into a block, else block by block through a
 * resumable session. Two blocks are in memory: one is sent while the next is read. Nothing is staged on a disk.
 *
 * An object is made by the last request and by nothing before it. When the answer to that one is lost, the upload's id on
 * the object tells whether it succeeded.
 */
import { randomUUID } from "node:crypto";
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import { cancellable } from "../cancellable.ts";
import { BlockReader, type Block } from "./block-reader.ts";
import { Crc32c } from "./crc32c.ts";
import { insertWhole } from "./insert-whole.ts";
import { ObjectRequests } from "./object-requests.ts";
import { UPLOAD_ID, type ObjectResource } from "./object-resource.ts";
import type { NewResource, UploadContext } from "./upload-context.ts";
import { UploadSession } from "./upload-session.ts";

/** A multiple of 256 KiB, as the protocol asks for. Each costs a round trip; two of them are in memory. */
const BLOCK_BYTES = 8 * 1024 * 1024;
/** Who cancels wants to be gone soon; what is not cleaned up by then is told by nothing and belongs to no point. */
const CLEAN_UP_LIMIT: Milliseconds = 5 * SECOND;

export interface NewObject {
  name: string;
  replace: boolean;
  storageClass: string | undefined;
}

export async function upload(
  object: NewObject,
  body: AsyncIterable<Uint8Array>,
  context: UploadContext,
): Promise<ObjectResource> {
  const stop = new AbortController();
  const { signal = stop.signal, what } = context;
  const both = AbortSignal.any([signal, stop.signal]);
  const reader = new BlockReader(cancellable(body, both, what), context.blockBytes ?? BLOCK_BYTES);
  const transfer = new Transfer(object, { ...context, signal: both });
  try {
    return await transfer.run(reader);
  } finally {
    // Whatever still reads or sends has nobody to do it for.
    stop.abort();
    await reader.stop();
  }
}

class Transfer {
  readonly #object: NewObject;
  readonly #context: UploadContext;
  readonly #requests: ObjectRequests;
  readonly #id = randomUUID();
  readonly #digest = new Crc32c();
  /** From here on the object may be there, whatever is answered. */
  #isDecided = false;
  #session: UploadSession | undefined;

  constructor(object: NewObject, context: UploadContext) {
    this.#object = object;
    this.#context = context;
    this.#requests = new ObjectRequests(context.api);
  }

  async run(reader: BlockReader): Promise<ObjectResource> {
    try {
      const stored = await this.#send(reader);
      await this.#assertSame(stored);
      return stored;
    } catch (error) {
      if (!this.#isDecided) throw error;
      return this.#settle(error);
    }
  }

  async #send(reader: BlockReader): Promise<ObjectResource> {
    let block = await this.#next(reader);
    if (block.isLast) return insertWhole(this.#resource(), block.bytes, this.#context);
    const session = (this.#session = await UploadSession.start(this.#resource(), this.#context));
    while (!block.isLast) {
      // Either fails the upload at once; the other is then stopped by whoever called.
      [block] = await Promise.all([this.#next(reader), session.send(block)]);
    }
    return session.finish(block, this.#digest.toBase64());
  }

  async #next(reader: BlockReader): Promise<Block> {
    const block = await reader.next();
    this.#digest.update(block.bytes);
    this.#isDecided = block.isLast;
    return block;
  }

  #resource(): NewResource {
    const { name, storageClass, replace } = this.#object;
    return {
      ...{ name, contentType: "application/octet-stream", metadata: { [UPLOAD_ID]: this.#id } },
      ...(storageClass === undefined ? {} : { storageClass }),
      ...(replace ? {} : { ifGenerationMatch: "0" }),
    };
  }

  /** An error of the last request leaves open whether there is an object. */
  async #settle(error: unknown): Promise<ObjectResource> {
    const { signal, what } = this.#context;
    if (signal?.aborted === true) {
      if (!this.#object.replace) await this.#undo();
      throw error;
    }
    const found = await this.#requests.find(this.#object.name, { what, signal }).catch(() => undefined);
    if (found?.metadata?.[UPLOAD_ID] !== this.#id) throw error;
    await this.#assertSame(found);
    return found;
  }

  async #assertSame(stored: ObjectResource): Promise<void> {
    const { api, what, signal } = this.#context;
    if (stored.crc32c === this.#digest.toBase64()) return;
    // Who may not delete has to leave it, and then it is part of no point.
    await this.#requests.delete(stored, { what, signal }).catch(() => undefined);
    throw api.changedOnTheWay(what);
  }

  /** Best effort: who cancels is not told of more trouble, and what stays belongs to no point. */
  async #undo(): Promise<void> {
    const { api, what } = this.#context;
    const limit = new AbortController();
    const finished = new AbortController();
    void api.clock.sleep(CLEAN_UP_LIMIT, { signal: finished.signal, unref: true }).then(
      () => limit.abort(),
      () => undefined,
    );
    try {
      await this.#session?.cancel(limit.signal);
      const found = await this.#requests.find(this.#object.name, { what, signal: limit.signal });
      if (found?.metadata?.[UPLOAD_ID] !== this.#id) return;
      await this.#requests.delete(found, { what, signal: limit.signal });
    } catch {
      return;
    } finally {
      finished.abort();
    }
  }
}
