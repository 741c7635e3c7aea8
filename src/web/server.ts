/** The HTTP server: limits, headers and an end within a second; what is answered is in routes.ts. */
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { MINUTE, SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { accepts } from "./accept.ts";
import type { WebContext } from "./context.ts";
import type { Reply, WebRequest } from "./exchange.ts";
import { formOf, requestOf } from "./incoming.ts";
import { listeningError } from "./listening-error.ts";
import { errorReply, route } from "./routes.ts";
import { securityHeaders } from "./security-headers.ts";

export interface WebServerOptions {
  /** Port 0 takes any free one. */
  listen: { host: string; port: number };
  context: WebContext;
  clock: Clock;
  /** Ends the server. */
  signal: AbortSignal;
  /** Told of each error that a client only sees as a status 5xx. */
  onError: (error: unknown) => void;
}

export interface RunningWebServer {
  address: { host: string; port: number };
  /** Resolves once the last connection is gone, at most a second after the signal. */
  closed: Promise<void>;
}

/** Every request here is a few headers; whoever takes longer than this is not one of ours. */
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5 * SECOND,
  requestTimeout: 10 * SECOND,
  keepAliveTimeout: 5 * SECOND,
  connectionsCheckingInterval: 5 * SECOND,
} satisfies ServerOptions;

/** A client that reads nothing for this long is dropped. */
const IDLE_LIMIT: Milliseconds = MINUTE;

const MAX_CONNECTIONS = 256;

/** No request here needs a body; one of this size is ignored, a larger one refused. */
const MAX_BODY_BYTES = 4096;

/** Responses under way get this long after the signal. */
const CLOSING_GRACE: Milliseconds = 800;

/** Rejects with a HoldfastError when the address cannot be listened on. */
export async function startWebServer(options: WebServerOptions): Promise<RunningWebServer> {
  const { listen, signal, onError } = options;
  const address = listen.host.includes(":")
    ? `[${listen.host}]:${listen.port}`
    : `${listen.host}:${listen.port}`;
  if (signal.aborted) throw cancellation(signal, `Listening on ${address}`);
  const server = createServer(LIMITS, (request, response) => {
    answer(request, response, options).catch(onError);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = IDLE_LIMIT;
  try {
    server.listen(listen.port, listen.host);
    await once(server, "listening");
  } catch (error) {
    throw listeningError(address, error);
  }
  server.on("error", onError);
  const { address: host, port } = server.address() as AddressInfo;
  return { address: { host, port }, closed: closeOn(signal, server, options.clock) };
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  { context, signal, onError }: WebServerOptions,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const request = requestOf(message, AbortSignal.any([signal, gone.signal]));
  const reply = await replyTo(message, request, context, onError);
  if (response.destroyed) return;
  const closing = signal.aborted || TOO_MUCH.includes(reply.status) ? { Connection: "close" } : {};
  if (typeof reply.body !== "string") {
    response.writeHead(reply.status, {
      ...{ ...securityHeaders(), ...closing, ...reply.headers },
      ...{ "Content-Type": reply.contentType, "Content-Length": reply.body.size },
    });
    if (message.method === "HEAD") response.end();
    else await pipeline(reply.body.chunks, response, { signal });
    return;
  }
  const { body, coding } = await encoded({ ...reply, body: reply.body }, message.headers["accept-encoding"]);
  if (response.destroyed) return;
  response.writeHead(reply.status, {
    ...securityHeaders(),
    "Content-Type": reply.contentType,
    "Content-Length": body.length,
    Vary: "Accept, Accept-Encoding",
    ...(coding === undefined ? {} : { "Content-Encoding": coding }),
    ...closing,
    ...reply.headers,
  });
  response.end(message.method === "HEAD" ? undefined : body);
}

/** After these the connection ends: what the client still sends is not read. */
const TOO_MUCH = [411, 413];

async function replyTo(
  message: IncomingMessage,
  request: WebRequest,
  context: WebContext,
  onError: (error: unknown) => void,
): Promise<Reply> {
  if (message.headers["transfer-encoding"] !== undefined) {
    return errorReply(request, 411, "length-required", "Send no body, or one with a Content-Length.");
  }
  if (Number(message.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
    return errorReply(request, 413, "too-large", "Nothing here takes a body of that size.");
  }
  try {
    return await begun(await route({ ...request, form: await formOf(message) }, context));
  } catch (error) {
    if (!request.signal.aborted) onError(error);
    return failure(request, error);
  }
}

/** What keeps a download from beginning can still be said. */
async function begun(reply: Reply): Promise<Reply> {
  if (typeof reply.body === "string") return reply;
  const { size, chunks } = reply.body;
  const rest = chunks[Symbol.asyncIterator]();
  const first = await rest.next();
  return { ...reply, body: { size, chunks: resumed(first, rest) } };
}

async function* resumed(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Codes that are not trouble of a store. */
const STATUSES: Partial<Record<string, number>> = { "not-found": 404, usage: 400, unsupported: 400 };

/** A store's trouble is said to the client; a defect is only said to the log. */
function failure(request: { path: string; accept: string | undefined }, error: unknown): Reply {
  if (error instanceof HoldfastError && error.code !== "internal") {
    return errorReply(request, STATUSES[error.code] ?? 503, error.code, error.message);
  }
  return errorReply(request, 500, "internal", "Answering failed; the log of Holdfast says why.");
}

/** Below this a compressed body saves no packet. */
const SMALLEST_TO_COMPRESS = 1400;

const compress = promisify(gzip);

async function encoded(
  { body, bytes }: Pick<Reply, "bytes"> & { body: string },
  acceptEncoding: string | undefined,
): Promise<{ body: Buffer; coding?: string }> {
  const plain = bytes?.plain ?? Buffer.from(body);
  if (plain.length < SMALLEST_TO_COMPRESS || !accepts(acceptEncoding, "gzip")) return { body: plain };
  return { body: bytes?.gzip ?? (await compress(plain, { level: 5 })), coding: "gzip" };
}

async function closeOn(signal: AbortSignal, server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  if (!signal.aborted) await once(signal, "abort");
  server.close();
  const graceful = new AbortController();
  const grace = clock.sleep(CLOSING_GRACE, { signal: graceful.signal, unref: true }).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  await closed;
  graceful.abort();
  await grace;
}
