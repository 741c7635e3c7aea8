/**
 * HTTP as large and long exchanges need it: kept-alive connections, through a proxy where the environment names one, bodies in bounded
 * memory both ways, and nothing that waits for ever. An answer of any status is an answer; only a failed connection throws.
 */
import { Agent as HttpAgent, request as requestHttp } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { MINUTE, SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { IdleWatch } from "./idle-watch.ts";
import { networkError } from "./network-error.ts";

/** A connection on which nothing has moved for so long is given up. */
const IDLE_LIMIT: Milliseconds = MINUTE;
/** Unused connections are closed before a balancer on the way does it, which would be noticed too late. */
const KEEP_UNUSED: Milliseconds = 30 * SECOND;
const MAX_UNUSED = 16;
/** What is written at once: more would be held a second time while it is encrypted. */
const PIECE_BYTES = 256 * 1024;

export interface HttpRequest {
  /** What it is for, for messages. */
  what: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, sent exactly as given. */
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Sent one after the other. */
  body?: readonly Uint8Array[] | undefined;
  /** Another limit than a minute: of what takes long to answer, or of what cannot wait. */
  idleLimit?: Milliseconds | undefined;
  signal: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Throws when it is cut short. Whoever does not begin to read it has to close it. */
  body: AsyncIterable<Uint8Array>;
  close: () => void;
}

export class Connections {
  readonly #origin: URL;
  readonly #clock: Clock;
  readonly #agent: HttpAgent;

  /** `env` names the proxy: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  constructor(origin: URL, { clock, env }: { clock: Clock; env: NodeJS.ProcessEnv }) {
    this.#origin = origin;
    this.#clock = clock;
    const options = { keepAlive: true, timeout: KEEP_UNUSED, maxFreeSockets: MAX_UNUSED, proxyEnv: env };
    this.#agent = origin.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  async ask(request: HttpRequest): Promise<HttpAnswer> {
    const { what, signal } = request;
    if (signal?.aborted === true) throw cancellation(signal, what);
    const exchange = new Exchange(this.#open(request), request, this.#clock);
    return exchange.answer();
  }

  #open({ method, path, headers, body = [] }: HttpRequest): ClientRequest {
    const { protocol, hostname, port } = this.#origin;
    const length = body.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const open = protocol === "https:" ? requestHttps : requestHttp;
    return open({
      // An address of IPv6 stands in brackets in a URL, and without them here.
      ...{ protocol, hostname: hostname.replace(/^\[|\]$/g, ""), port, method, path, agent: this.#agent },
      headers: { ...headers, "content-length": String(length) },
    });
  }
}

/** One request and its answer, watched from the first byte sent to the last one read. */
class Exchange {
  readonly #outgoing: ClientRequest;
  readonly #request: HttpRequest;
  readonly #watch: IdleWatch;
  readonly #answered: Promise<IncomingMessage>;
  #incoming: IncomingMessage | undefined;
  /** Why we have closed the connection ourselves, where we have. */
  #broken: HoldfastError | undefined;
  readonly #onAbort = () => {
    const { signal, what } = this.#request;
    if (signal !== undefined) this.#break(cancellation(signal, what));
  };

  constructor(outgoing: ClientRequest, request: HttpRequest, clock: Clock) {
    this.#outgoing = outgoing;
    this.#request = request;
    const limit = request.idleLimit ?? IDLE_LIMIT;
    this.#watch = new IdleWatch(clock, limit, () => {
      const why = `nothing has come over the connection for ${formatDuration(limit)}`;
      this.#break(new HoldfastError("store", { what: request.what, why, transient: true }));
    });
    request.signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#answered = new Promise((resolve, reject) => {
      // Both listeners stay: a connection may fail more than once, and while nobody reads.
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => {
        incoming.on("error", () => undefined);
        this.#incoming = incoming;
        resolve(incoming);
      });
    });
  }

  async answer(): Promise<HttpAnswer> {
    try {
      // An answer may come before all is sent; a failed connection fails the answer, too.
      this.#send().catch(() => undefined);
      const incoming = await this.#answered;
      this.#watch.moved();
      return {
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: this.#read(incoming),
        close: () => this.#close(incoming),
      };
    } catch (error) {
      this.#end();
      this.#outgoing.destroy();
      throw this.#errorOf(error);
    }
  }

  async #send(): Promise<void> {
    for (const part of this.#request.body ?? []) {
      for (let at = 0; at < part.byteLength && this.#incoming === undefined; at += PIECE_BYTES) {
        const piece = part.subarray(at, at + PIECE_BYTES);
        const sent = new Promise((resolve) => this.#outgoing.write(piece, resolve));
        await Promise.race([sent, this.#answered]);
        this.#watch.moved();
      }
    }
    this.#outgoing.end();
  }

  async *#read(incoming: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        this.#watch.pause();
        yield chunk;
        this.#watch.resume();
      }
    } catch (error) {
      throw this.#errorOf(error);
    } finally {
      this.#close(incoming);
    }
  }

  #close(incoming: IncomingMessage): void {
    this.#end();
    // What was not sent or read to its end cannot be followed by another request.
    if (!incoming.complete || !this.#outgoing.writableFinished) incoming.destroy();
  }

  #break(error: HoldfastError): void {
    this.#broken ??= error;
    (this.#incoming ?? this.#outgoing).destroy(this.#broken);
  }

  #end(): void {
    this.#watch.stop();
    this.#request.signal?.removeEventListener("abort", this.#onAbort);
  }

  #errorOf(error: unknown): HoldfastError {
    return this.#broken ?? networkError(this.#request.what, error);
  }
}
