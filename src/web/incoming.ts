/** From what Node received to the request that handlers see. */
import type { IncomingMessage } from "node:http";
import type { WebRequest } from "./exchange.ts";

/** Without its form, which is not read yet. */
export function requestOf(message: IncomingMessage, signal: AbortSignal): WebRequest {
  const { headers, url = "/", method = "GET", socket } = message;
  const rawQuery = /\?([^#]*)/s.exec(url)?.[1] ?? "";
  return {
    ...{ method, rawQuery, signal },
    path: url.replace(/[?#].*$/s, ""),
    query: new URLSearchParams(rawQuery),
    params: {},
    accept: headers.accept,
    authorization: headers.authorization,
    cookie: headers.cookie,
    fetchSite: textOf(headers["sec-fetch-site"]),
    isSecure: textOf(headers["x-forwarded-proto"])?.split(",")[0]?.trim() === "https",
    form: new URLSearchParams(),
    remote: socket.remoteAddress ?? "unknown",
  };
}

/** A body that is no form is passed over. The caller has seen to its length. */
export async function formOf(message: IncomingMessage): Promise<URLSearchParams> {
  const type = message.headers["content-type"] ?? "";
  if (message.method !== "POST" || !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    message.resume();
    return new URLSearchParams();
  }
  const chunks = await Array.fromAsync(message as AsyncIterable<Buffer>);
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
