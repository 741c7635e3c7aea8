/**
 * One JSON POST, as every HTTP channel sends it. An error says what the receiver answered but never where it is: the
 * address of a webhook is its password. For the same reason no error of the network layer is kept as a cause, since
 * those quote addresses.
 */
import { HoldfastError } from "../domain/errors.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import { inTime } from "./in-time.ts";
import { networkTrouble } from "./network-trouble.ts";
import { quoteAnswer } from "./quote-answer.ts";

export interface JsonPost {
  /** Start of an error's sentence: "Notifying channel slack". */
  what: string;
  url: string;
  body: string;
  headers?: Readonly<Record<string, string>>;
  /** The keys of the channel that decide whether the receiver takes it, for the next step: "`url`". */
  settings?: string;
  /** Whether the body of a 2xx matters. */
  reads?: boolean;
  /** How long an answer's body asks to wait, where its header does not. */
  waitIn?: (body: string) => Milliseconds | undefined;
  /** Texts beside the address that may not appear in an error. */
  secrets?: readonly string[];
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Resolves when the receiver answered 2xx, with the beginning of what it said where that is read. Redirects are not
 * followed: the next host has no business with the message.
 */
export async function postJson(post: JsonPost): Promise<string> {
  const { what, clock, signal } = post;
  return inTime({ what, clock, signal }, async (within) => {
    const response = await ask(post, within);
    if (!response.ok) throw refusal(post, response, await beginningOf(response));
    if (post.reads === true) return beginningOf(response);
    await response.body?.cancel();
    return "";
  });
}

async function ask({ what, url, body, headers }: JsonPost, signal: AbortSignal): Promise<Response> {
  try {
    const { address, authorization } = splitAddress(url);
    return await fetch(address, {
      method: "POST",
      headers: { "user-agent": "holdfast", ...authorization, ...headers, "content-type": "application/json" },
      body,
      redirect: "manual",
      signal,
    });
  } catch (error) {
    throw new HoldfastError("notifier", { what, why: networkTrouble(error), transient: true });
  }
}

/** `fetch` takes no credentials in an address; people put them there. */
export function splitAddress(url: string): { address: URL; authorization: Record<string, string> } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === "" && password === "") return { address, authorization: {} };
  address.username = address.password = "";
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    address,
    authorization: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
  };
}

const READ_AT_MOST = 64_000;

/** Enough of the body to quote; what cannot be read is not worth another error. */
async function beginningOf(response: Response): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.length >= READ_AT_MOST) break;
    }
  } catch {
    return text;
  }
  return text.slice(0, READ_AT_MOST);
}

const TRANSIENT_STATUS = new Set([408, 425, 429]);

function refusal(post: JsonPost, { status, headers }: Response, said: string): HoldfastError {
  const retryAfter = headers.get("retry-after");
  const transient = TRANSIENT_STATUS.has(status) || status >= 500;
  const quoted = quotable(said, post);
  const pause = retryAfter === null ? post.waitIn?.(said) : millisecondsOf(retryAfter, post.clock);
  return new HoldfastError("notifier", {
    what: post.what,
    why: `the receiver answered ${status}${quoted === "" ? "" : ` (${quoted})`}`,
    transient,
    ...(transient ? {} : { next: adviceOn(status, post.settings ?? "`url`") }),
    ...(pause === undefined ? {} : { retryAfter: pause }),
  });
}

function adviceOn(status: number, settings: string): string {
  if (status < 400) return `configure the address that it redirects to as the channel's ${settings}`;
  const revoked = [401, 403, 404, 410].includes(status);
  return revoked
    ? `check the channel's ${settings}: it may have been revoked`
    : `check the channel's kind and its ${settings}`;
}

/** One line without secrets: receivers like to quote the request. */
function quotable(text: string, { url, secrets = [] }: JsonPost): string {
  const { origin, pathname, search, username, password } = new URL(url);
  const paths = beginningsOf(pathname).flatMap((path) => [`${origin}${path}`, path]);
  const hidden = [url, pathname + search, ...paths, username, password, ...secrets];
  return quoteAnswer(text, hidden);
}

/** A path and those above it, the longest first: the address that is configured may be one of them. */
function beginningsOf(pathname: string): string[] {
  const segments = pathname.split("/");
  return segments.map((_, at) => segments.slice(0, segments.length - at).join("/"));
}

/** Seconds or an HTTP date, https://www.rfc-editor.org/rfc/rfc9110#name-retry-after. */
function millisecondsOf(retryAfter: string, clock: Clock): Milliseconds | undefined {
  const wait = /^\d+(\.\d+)?$/.test(retryAfter)
    ? Number(retryAfter) * SECOND
    : Date.parse(retryAfter) - clock.now();
  return Number.isFinite(wait) && wait > 0 ? wait : undefined;
}
