/** A request as handlers see it and a reply as they give it: no sockets, so that a handler is a function. */
import type { WebContext } from "./context.ts";

export interface WebRequest {
  /** Upper case. */
  method: string;
  /** Percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** Decoded named segments of the route. */
  params: Readonly<Record<string, string>>;
  /** The Accept header. */
  accept: string | undefined;
  authorization: string | undefined;
  /** Address of the peer. */
  remote: string;
}

export interface Reply {
  status: number;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
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
