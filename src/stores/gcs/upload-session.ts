/**
 * A resumable upload: blocks in order, each sent until the store says that it has it. After any trouble the store is asked
 * how far it got, so nothing is sent twice that arrived, and the lost answer to a last block is no failure.
 * https://cloud.google.com/storage/docs/performing-resumable-uploads
 *
 * An unfinished session is no object, costs nothing and is forgotten by the store after a week.
 */
import { HoldfastError } from "../../domain/errors.ts";
import type { Block } from "./block-reader.ts";
import { parseJson } from "../../remote/google-api.ts";
import { SERVICE } from "./bucket-api.ts";
import { ObjectResource } from "./object-resource.ts";
import { refusalBehind } from "../../remote/google-refusal.ts";
import type { NewResource, UploadContext } from "./upload-context.ts";

/** "Resume Incomplete": the store waits for more. */
const MORE = 308;
/** "Client Closed Request": how the store confirms that a session was given up. */
const GIVEN_UP = 499;

export class UploadSession {
  readonly #path: string;
  readonly #context: UploadContext;
  /** Bytes that the store has said it has. */
  #stored = 0;

  private constructor(path: string, context: UploadContext) {
    this.#path = path;
    this.#context = context;
  }

  static async start(resource: NewResource, context: UploadContext): Promise<UploadSession> {
    const { backoff, signal } = context;
    for (let attempt = 1; ; attempt++) {
      try {
        return new UploadSession(await openSession(resource, context), context);
      } catch (error) {
        await backoff.waitOrThrow(error, attempt, signal);
      }
    }
  }

  /** Resolves when the store has the whole block. */
  async send(block: Block): Promise<void> {
    if ((await this.#deliver(block, undefined)) === undefined) return;
    throw this.#outOfStep("the store has ended the upload before its end");
  }

  /** `digest` is that of the whole object, which the store compares with its own before it makes the object. */
  async finish(block: Block, digest: string): Promise<ObjectResource> {
    const stored = await this.#deliver(block, digest);
    if (stored !== undefined) return stored;
    throw this.#outOfStep("the store has not ended the upload at its end");
  }

  async cancel(signal: AbortSignal): Promise<void> {
    const { api, what } = this.#context;
    await api.whole({ what, signal, method: "DELETE", path: this.#path, also: [GIVEN_UP, 404, 410] });
  }

  async #deliver(block: Block, digest: string | undefined): Promise<ObjectResource | undefined> {
    const { backoff, signal } = this.#context;
    const end = block.offset + block.bytes.byteLength;
    let isKnown = true;
    for (let attempt = 1, best = this.#stored; ;) {
      try {
        const stored = isKnown ? await this.#put(block, end, digest) : await this.#inquire();
        if (stored !== undefined) return stored;
        if (this.#stored < block.offset || this.#stored > end) {
          throw this.#outOfStep(`the store has ${this.#stored} bytes instead of ${end}`);
        }
        if (digest === undefined && this.#stored === end) return undefined;
        if (isKnown && this.#stored <= best) throw this.#outOfStep("the store takes no more bytes");
        if (this.#stored > best) [attempt, best] = [1, this.#stored];
        isKnown = true;
      } catch (error) {
        this.#throwIfLost(error);
        await backoff.waitOrThrow(error, attempt++, signal);
        isKnown = false;
      }
    }
  }

  /** What of the block is not stored yet. */
  async #put(block: Block, end: number, digest: string | undefined): Promise<ObjectResource | undefined> {
    const rest = block.bytes.subarray(this.#stored - block.offset);
    const total = digest === undefined ? "*" : String(end);
    const range = rest.byteLength === 0 ? "*" : `${this.#stored}-${end - 1}`;
    const hash = digest === undefined ? {} : { "x-goog-hash": `crc32c=${digest}` };
    return this.#exchange([rest], { "content-range": `bytes ${range}/${total}`, ...hash });
  }

  async #inquire(): Promise<ObjectResource | undefined> {
    return this.#exchange([], { "content-range": "bytes */*" });
  }

  async #exchange(body: Uint8Array[], headers: Record<string, string>): Promise<ObjectResource | undefined> {
    const { api, what, signal } = this.#context;
    const request = { what, signal, method: "PUT" as const, path: this.#path, headers, body, also: [MORE] };
    const { status, headers: answered, text } = await api.whole(request);
    if (status !== MORE) return parseJson(text, { service: SERVICE, schema: ObjectResource, what });
    const last = /^bytes=0-(\d+)$/.exec(String(answered["range"] ?? ""))?.[1];
    this.#stored = last === undefined ? 0 : Number(last) + 1;
    return undefined;
  }

  /** What no further request to this session mends, although another upload may. */
  #throwIfLost(error: unknown): void {
    const status = refusalBehind(error)?.status;
    if (status === 400) throw error;
    if (status !== 404 && status !== 410) return;
    const why = "the store has forgotten the unfinished upload";
    throw new HoldfastError("store", { what: this.#context.what, why, cause: error, transient: true });
  }

  #outOfStep(why: string): HoldfastError {
    return new HoldfastError("store", { what: this.#context.what, why, transient: true });
  }
}

/** The path of the new session, to be used with the same host: a proxy in between may have another name for it. */
async function openSession(
  { ifGenerationMatch, ...resource }: NewResource,
  { api, what, signal }: UploadContext,
): Promise<string> {
  const { headers } = await api.whole({
    ...{ what, signal, method: "POST", path: api.uploadPath },
    query: { uploadType: "resumable", ifGenerationMatch },
    headers: {
      "content-type": "application/json; charset=utf-8",
      "x-upload-content-type": resource.contentType,
    },
    body: [Buffer.from(JSON.stringify(resource))],
  });
  const location = URL.parse(headers.location ?? "");
  if (location !== null) return `${location.pathname}${location.search}`;
  throw new HoldfastError("store", { what, why: "the store has begun no upload", transient: true });
}
