/** Requests of one of Google's JSON APIs: who asks, what is an answer, what is read of it. What an error means is told by whoever uses it. */
import type { IncomingHttpHeaders } from "node:http";
import type { z } from "zod";
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connections, HttpAnswer, HttpRequest } from "./connections.ts";
import type { Credentials } from "./google-credentials.ts";
import { readRefusal, type Refusal } from "./google-refusal.ts";

/** A token endpoint that says nothing for so long says nothing at all. */
const TOKEN_LIMIT: Milliseconds = MINUTE;
/** A page of 1,000 objects is a tenth of it. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;

type Parameter = string | readonly string[] | undefined;

export interface ApiRequest extends Pick<HttpRequest, "what" | "method" | "signal" | "idleLimit"> {
  /** After the origin: `/storage/v1/b/BUCKET/o`. */
  path: string;
  /** Absent for a path that has one already. */
  query?: Readonly<Record<string, Parameter>>;
  headers?: Readonly<Record<string, string>>;
  body?: readonly Uint8Array[];
  /** Answers beside 2xx that are no error. */
  also?: readonly number[];
}

export interface WholeAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface GoogleApiOptions {
  /** As messages name it: `Cloud Storage`. */
  service: string;
  connections: Connections;
  credentials: Credentials;
  clock: Clock;
  errorOf: (refusal: Refusal, context: { what: string; retryAfter: string | undefined }) => HoldfastError;
}

export class GoogleApi {
  readonly #options: GoogleApiOptions;

  constructor(options: GoogleApiOptions) {
    this.#options = options;
  }

  /** An answer of 2xx or of `also`. A token that is refused is asked for anew, once. */
  async ask(request: ApiRequest): Promise<HttpAnswer> {
    const answer = await this.#send(request, false);
    if (answer.status !== 401) return this.#accept(request, answer);
    answer.close();
    return this.#accept(request, await this.#send(request, true));
  }

  async json<T>(request: ApiRequest, schema: z.ZodType<T>): Promise<T> {
    const { text } = await this.whole(request);
    return parseJson(text, { schema, what: request.what, service: this.#options.service });
  }

  /** An answer with its body, for what is not large. */
  async whole(request: ApiRequest): Promise<WholeAnswer> {
    const { status, headers, body } = await this.ask(request);
    const text = await readText(body, MAX_JSON_BYTES);
    if (text !== undefined) return { status, headers, text };
    throw new HoldfastError("store", {
      what: request.what,
      why: `${this.#options.service} answers without end`,
    });
  }

  async #send(request: ApiRequest, renew: boolean): Promise<HttpAnswer> {
    const { what, method, path, query, headers = {}, body, signal, idleLimit } = request;
    const own = await this.#authorization(request, renew);
    const parameters = query && parametersOf(query);
    return this.#options.connections.ask({
      ...{ what, method, body, signal, idleLimit },
      ...{ path: parameters === undefined ? path : `${path}?${parameters}` },
      headers: { "user-agent": "holdfast", ...own, ...headers },
    });
  }

  async #authorization(
    { what, signal }: ApiRequest,
    renew: boolean,
  ): Promise<Readonly<Record<string, string>>> {
    if (signal?.aborted === true) throw cancellation(signal, what);
    const finished = new AbortController();
    const ended = signal === undefined ? finished.signal : AbortSignal.any([signal, finished.signal]);
    const given = this.#options.credentials.headers({ what, renew });
    // Who gives up first is not told of what comes later.
    given.catch(() => undefined);
    try {
      return await Promise.race([given, this.#tokenLimit(what, ended)]);
    } catch (error) {
      throw signal !== undefined && isAborted(signal) ? cancellation(signal, what) : error;
    } finally {
      finished.abort();
    }
  }

  async #tokenLimit(what: string, ended: AbortSignal): Promise<never> {
    await this.#options.clock.sleep(TOKEN_LIMIT, { signal: ended, unref: true });
    const why = `Google has given no token within ${formatDuration(TOKEN_LIMIT)}`;
    throw new HoldfastError("store", { what, why, transient: true });
  }

  async #accept({ what, also = [] }: ApiRequest, answer: HttpAnswer): Promise<HttpAnswer> {
    const { status, headers, body } = answer;
    if ((status >= 200 && status < 300) || also.includes(status)) return answer;
    const refusal = readRefusal(status, (await readText(body, MAX_REFUSAL_BYTES)) ?? "");
    throw this.#options.errorOf(refusal, { what, retryAfter: headers["retry-after"] });
  }
}

/** Read anew: it may have fired since it was last looked at. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function parametersOf(query: Readonly<Record<string, Parameter>>): string {
  const parameters = new URLSearchParams({ prettyPrint: "false" });
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value ?? []].flat()) parameters.append(name, each);
  }
  return parameters.toString();
}

/** Undefined when there is more. */
async function readText(body: AsyncIterable<Uint8Array>, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Throws `store` for what is no answer of the API: a proxy's page, something cut off. */
export function parseJson<T>(
  text: string,
  { schema, what, service }: { schema: z.ZodType<T>; what: string; service: string },
): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new HoldfastError("store", {
      what,
      why: `the answer is not one of ${service}`,
      next: "check `endpoint`, and any proxy on the way",
      cause: error,
    });
  }
}
