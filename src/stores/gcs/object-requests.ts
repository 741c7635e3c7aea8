/** Looking at, listing and deleting objects, each exactly one request where nothing is wrong. */
import { z } from "zod";
import { HoldfastError, retained } from "../../domain/errors.ts";
import type { BucketApi } from "./bucket-api.ts";
import { keptUntil, OBJECT_FIELDS, ObjectResource } from "./object-resource.ts";
import { refusalBehind } from "../../remote/google-refusal.ts";
import { isKept } from "./refusal.ts";

const PAGE = 1000;
/** Pages may be empty although more come; a server that sends nothing else is broken. */
const MAX_EMPTY_PAGES = 1000;

const Page = z.object({ items: z.array(ObjectResource).default([]), nextPageToken: z.string().optional() });

interface Purpose {
  what: string;
  signal: AbortSignal | undefined;
}

export class ObjectRequests {
  readonly #api: BucketApi;

  constructor(api: BucketApi) {
    this.#api = api;
  }

  async find(name: string, purpose: Purpose): Promise<ObjectResource | undefined> {
    const request = {
      ...{ ...purpose, method: "GET" as const, path: this.#api.objectPath(name) },
      query: { fields: OBJECT_FIELDS },
    };
    try {
      return await this.#api.json(request, ObjectResource);
    } catch (error) {
      await this.assertMissing(error, purpose);
      return undefined;
    }
  }

  /** Exactly this generation; that it is gone already is success. Throws `retained` for what the store keeps. */
  async delete(object: ObjectResource, purpose: Purpose): Promise<void> {
    const { name, generation } = object;
    try {
      await this.#api.whole({
        ...{ ...purpose, method: "DELETE", path: this.#api.objectPath(name), query: { generation } },
      });
    } catch (error) {
      if (isKept(refusalBehind(error))) throw this.#keptError(object, purpose, error);
      await this.assertMissing(error, purpose);
    }
  }

  /** Every object whose name starts with `prefix`, in the order of the store: that of the names' bytes. */
  async *list(prefix: string, purpose: Purpose): AsyncGenerator<ObjectResource, void, undefined> {
    let pageToken: string | undefined;
    let empty = 0;
    do {
      const page: z.infer<typeof Page> = await this.#api.json(
        {
          ...{ ...purpose, method: "GET", path: `${this.#api.bucketPath}/o` },
          query: {
            ...{ prefix, pageToken, maxResults: String(PAGE) },
            fields: "nextPageToken,items(name,generation,size,timeCreated)",
          },
        },
        Page,
      );
      yield* page.items;
      empty = page.items.length === 0 ? empty + 1 : 0;
      if (empty > MAX_EMPTY_PAGES) throw endless(purpose.what);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  /** Of an overwrite: `retained` where that is why it failed, else the error as it was. */
  async keptOrAsItWas(error: unknown, name: string, purpose: Purpose): Promise<unknown> {
    if (!isKept(refusalBehind(error))) return error;
    const object = await this.find(name, purpose).catch(() => undefined);
    return object === undefined ? error : this.#keptError(object, purpose, error);
  }

  /**
   * Returns when the error says that there is no such object, and throws it otherwise. A missing bucket has the same
   * status; only the text tells them apart, and where that is another one, a look at the bucket.
   */
  async assertMissing(error: unknown, purpose: Purpose): Promise<void> {
    const refusal = refusalBehind(error);
    if (refusal?.status !== 404) throw error;
    if (refusal.message.startsWith("No such object")) return;
    await this.#api.whole({
      ...{ ...purpose, method: "GET", path: `${this.#api.bucketPath}/o` },
      query: { maxResults: "1", fields: "nextPageToken" },
    });
  }

  #keptError(object: ObjectResource, { what }: Purpose, cause: unknown): HoldfastError {
    const until = keptUntil(object);
    return retained(what, { cause: refusalBehind(cause), ...(until === undefined ? {} : { until }) });
  }
}

function endless(what: string): HoldfastError {
  return new HoldfastError("store", { what, why: "the store lists without end", transient: true });
}
