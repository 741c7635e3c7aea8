/** A request as handlers see it and a reply as they give it: no sockets, so that a handler is a function. */
import type { MadeBytes, WebContext } from "./context.ts";

export interface WebRequest {
  /** Upper case. */
  method: string;
  /** Percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** Percent-encoded, without the question mark. */
  rawQuery: string;
  /** Decoded named segments of the route. */
  params: Readonly<Record<string, string>>;
  /** The Accept header. */
  accept: string | undefined;
  authorization: string | undefined;
  /** The Cookie header. */
  cookie: string | undefined;
  /** What a browser says of where the request comes from: `same-origin`, `cross-site`, …; not every one, nor on every address. */
  fetchSite: string | undefined;
  /** Whether the client came over TLS, as the proxy before us says. */
  isSecure: boolean;
  /** Fields of a form that was sent. */
  form: URLSearchParams;
  /** Fires when the client is gone, and when the server ends. */
  signal: AbortSignal;
  /** Address of the peer. */
  remote: string;
}

export interface Reply {
  status: number;
  contentType: string;
  body: string | Download;
  /** The body, where it was made beforehand. */
  bytes?: MadeBytes | undefined;
  headers?: Record<string, string>;
}

/** Streamed; an error before the first chunk becomes an answer of its own, one after it cuts the connection. */
export interface Download {
  size: number;
  chunks: AsyncIterable<Uint8Array>;
}

export type Handler = (request: WebRequest, context: WebContext) => Reply | Promise<Reply>;

export function text(status: number, body: string): Reply {
  return { status, contentType: "text/plain; charset=utf-8", body: `${body}\n` };
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    contentType: "application/json; charset=utf-8",
    body: `${JSON.stringify(value)}\n`,
    headers,
  };
}

export function html(status: number, body: string): Reply {
  return { status, contentType: "text/html; charset=utf-8", body };
}

/** After a form: the browser asks for that page. `location` is relative, for whatever path a proxy puts before ours. */
export function seeOther(location: string, headers: Record<string, string> = {}): Reply {
  const headersOf = { Location: location, ...headers };
  return { status: 303, contentType: "text/plain; charset=utf-8", body: "", headers: headersOf };
}
