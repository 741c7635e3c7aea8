/**
 * Reads an object or a range of one: one request where nothing is wrong. After a cut it goes on where it was, in the same
 * generation, so that bytes of an object and of what replaced it are never mixed. A whole object is compared with the
 * store's digest of it.
 */
import { HoldfastError } from "../../domain/errors.ts";
import type { Backoff } from "../../remote/backoff.ts";
import type { BucketApi } from "./bucket-api.ts";
import type { HttpAnswer } from "../../remote/connections.ts";
import { Crc32c } from "./crc32c.ts";

const PARTIAL = 206;
const NOT_SATISFIABLE = 416;

export interface Download {
  name: string;
  /** Longer than nothing. */
  range: { offset: number; length: number } | undefined;
  /** Undefined: whichever there is. */
  generation: string | undefined;
  what: string;
  signal: AbortSignal | undefined;
}

/** Errors before the first byte are thrown as they are, those after it waited out. Not found is a refusal of 404. */
export async function* download(
  api: BucketApi,
  request: Download,
  backoff: Backoff,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new Reader(api, request);
  for (let attempt = 1; ;) {
    const before = reader.position;
    try {
      yield* reader.read();
      return;
    } catch (error) {
      if (!reader.canGoOn) throw error;
      if (reader.position !== before) attempt = 1;
      await backoff.waitOrThrow(error, attempt++, request.signal);
    }
  }
}

class Reader {
  readonly #api: BucketApi;
  readonly #request: Download;
  readonly #digest = new Crc32c();
  /** Of the next byte; undefined until the first one came. */
  position: number | undefined;
  #source: Source | undefined;

  constructor(api: BucketApi, request: Download) {
    this.#api = api;
    this.#request = request;
  }

  /** Some of it was given out, of an object that can be told from what may have replaced it. */
  get canGoOn(): boolean {
    return this.position !== undefined && this.#source?.generation !== undefined;
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const answer = await this.#ask();
    // The range begins at the end of the object or after it.
    if (answer.status === NOT_SATISFIABLE && this.#source === undefined) return answer.close();
    const { start, end, crc32c } = this.#accept(answer);
    const isWhole = crc32c !== undefined;
    let at = this.position ?? start;
    for await (const chunk of answer.body) {
      at += chunk.byteLength;
      if (at > end) throw this.#broken("more came than was asked for");
      if (isWhole) this.#digest.update(chunk);
      this.position = at;
      yield chunk;
    }
    if (at < end) throw this.#broken(`it ended ${end - at} bytes early`);
    if (isWhole && this.#digest.toBase64() !== crc32c) throw this.#damaged();
  }

  async #ask(): Promise<HttpAnswer> {
    const { name, range, what, signal, generation } = this.#request;
    const from = this.position ?? range?.offset ?? 0;
    const last = this.#source?.end ?? (range === undefined ? undefined : range.offset + range.length);
    return this.#api.ask({
      ...{ what, signal, method: "GET", path: this.#api.objectPath(name), also: [NOT_SATISFIABLE] },
      query: { alt: "media", generation: this.#source?.generation ?? generation },
      headers:
        from === 0 && last === undefined
          ? {}
          : { range: `bytes=${from}-${last === undefined ? "" : last - 1}` },
    });
  }

  /** The first answer says what is read; each further one has to go on with exactly that. */
  #accept(answer: HttpAnswer): Source {
    const found = sourceOf(answer);
    const source = (this.#source ??= found);
    const goesOn =
      found !== undefined &&
      found.generation === source?.generation &&
      found.start === (this.position ?? found.start);
    if (source !== undefined && goesOn) return source;
    answer.close();
    throw this.#broken("the answer has other bytes than those asked for");
  }

  #broken(why: string): HoldfastError {
    return new HoldfastError("store", { what: this.#request.what, why, transient: true });
  }

  #damaged(): HoldfastError {
    const why = "the bytes that came are not those that the store has a digest of (crc32c)";
    return new HoldfastError("damaged", { what: this.#request.what, why });
  }
}

interface Source {
  generation: string | undefined;
  /** Of the first byte that is read, and after the last one. */
  start: number;
  end: number;
  /** Of the object, where all of it is read. */
  crc32c: string | undefined;
}

function sourceOf({ status, headers }: HttpAnswer): Source | undefined {
  const length = Number(headers["content-length"] ?? headers["x-goog-stored-content-length"] ?? NaN);
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "");
  const start = status === PARTIAL ? Number(range?.[1] ?? NaN) : 0;
  const end = status === PARTIAL ? Number(range?.[2] ?? NaN) + 1 : length;
  const size = status === PARTIAL ? Number(range?.[3] ?? NaN) : length;
  if (![start, end, size].every(Number.isSafeInteger)) return undefined;
  const hashes = [headers["x-goog-hash"] ?? []].flat().join();
  const crc32c = start === 0 && end === size ? /(?:^|,)\s*crc32c=([^,\s]+)/.exec(hashes)?.[1] : undefined;
  return { generation: [headers["x-goog-generation"] ?? []].flat()[0], start, end, crc32c };
}
