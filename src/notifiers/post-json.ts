/**
 * One JSON POST, as every HTTP channel sends it. An error says what the receiver answered but never where it is: the
 * address of a webhook is its password. For the same reason no error of the network layer is kept as a cause, since
 * those quote addresses.
 */
import { cancellation, HoldfastError } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export interface JsonPost {
  /** Start of an error's sentence: "Notifying channel slack". */
  what: string;
  url: string;
  body: string;
  headers?: Readonly<Record<string, string>>;
  /** Texts beside the address that may not appear in an error. */
  secrets?: readonly string[];
  clock: Clock;
  signal: AbortSignal;
}

const TIMEOUT: Milliseconds = 15 * SECOND;

/** Resolves when the receiver answered 2xx. Redirects are not followed: the next host has no business with the message. */
export async function postJson(post: JsonPost): Promise<void> {
  const { what, clock, signal } = post;
  if (signal.aborted) throw cancellation(signal, what);
  const finished = new AbortController();
  const timeout = new AbortController();
  const timer = clock.sleep(TIMEOUT, { signal: finished.signal }).then(
    () => timeout.abort(),
    () => undefined,
  );
  const answer = await ask(post, AbortSignal.any([signal, timeout.signal]));
  finished.abort();
  await timer;
  if (answer.kind === "accepted") return;
  if (signal.aborted) throw cancellation(signal, what);
  if (answer.kind === "refused") throw refusal(post, answer);
  const why = timeout.signal.aborted ? `no answer came within ${formatDuration(TIMEOUT)}` : answer.why;
  throw new HoldfastError("notifier", { what, why, transient: true });
}

type Answer =
  | { kind: "accepted" }
  | { kind: "refused"; status: number; said: string; retryAfter: string | null }
  | { kind: "none"; why: string };

async function ask({ url, body, headers }: JsonPost, signal: AbortSignal): Promise<Answer> {
  try {
    const { address, authorization } = split(url);
    const response = await fetch(address, {
      method: "POST",
      headers: { "user-agent": "holdfast", ...authorization, ...headers, "content-type": "application/json" },
      body,
      redirect: "manual",
      signal,
    });
    if (response.ok) {
      await response.body?.cancel();
      return { kind: "accepted" };
    }
    const retryAfter = response.headers.get("retry-after");
    return { kind: "refused", status: response.status, said: await beginningOf(response), retryAfter };
  } catch (error) {
    return { kind: "none", why: networkTrouble(error) };
  }
}

/** `fetch` takes no credentials in an address; people put them there. */
function split(url: string): { address: URL; authorization: Record<string, string> } {
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

const READ_AT_MOST = 2000;
const QUOTED_AT_MOST = 200;

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

function networkTrouble(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return "the connection failed";
  return TROUBLES[code] ?? `the connection failed (${code})`;
}

/** `fetch` wraps what happened; the code is on the innermost error. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = codeOf(error.cause);
  return inner ?? ("code" in error && typeof error.code === "string" ? error.code : undefined);
}

const TROUBLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed without an answer",
  UND_ERR_SOCKET: "the connection was closed without an answer",
  ENOTFOUND: "the host's name is not known",
  EAI_AGAIN: "the host's name could not be looked up",
  ETIMEDOUT: "no connection came about in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection came about in time",
  ERR_INVALID_URL: "the configured address is not a URL",
};

const TRANSIENT_STATUS = new Set([408, 425, 429]);

function refusal(post: JsonPost, { status, said, retryAfter }: Answer & { kind: "refused" }): HoldfastError {
  const transient = TRANSIENT_STATUS.has(status) || status >= 500;
  const quoted = quotable(said, post);
  const pause = retryAfter === null ? undefined : millisecondsOf(retryAfter, post.clock);
  return new HoldfastError("notifier", {
    what: post.what,
    why: `the receiver answered ${status}${quoted === "" ? "" : ` (${quoted})`}`,
    transient,
    ...(transient ? {} : { next: adviceOn(status) }),
    ...(pause === undefined ? {} : { retryAfter: pause }),
  });
}

function adviceOn(status: number): string {
  if (status < 400) return "configure the address that it redirects to";
  const revoked = [401, 403, 404, 410].includes(status);
  return revoked
    ? "check the channel's address: it may have been revoked"
    : "check the channel's kind and address";
}

/** One line without secrets: receivers like to quote the request. */
function quotable(text: string, { url, secrets = [] }: JsonPost): string {
  const { pathname, search, username, password } = new URL(url);
  const hidden = [url, pathname + search, pathname, username, password, ...secrets].filter(
    (secret) => secret.length > 3,
  );
  const clean = hidden.reduce((cleaned, secret) => cleaned.replaceAll(secret, "…"), text);
  // eslint-disable-next-line no-control-regex -- an answer may hold anything, and this goes to a log and a terminal
  const line = clean.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length <= QUOTED_AT_MOST ? line : `${line.slice(0, QUOTED_AT_MOST)}…`.toWellFormed();
}

/** Seconds or an HTTP date, https://www.rfc-editor.org/rfc/rfc9110#name-retry-after. */
function millisecondsOf(retryAfter: string, clock: Clock): Milliseconds | undefined {
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * SECOND : Date.parse(retryAfter) - clock.now();
  return Number.isFinite(wait) && wait > 0 ? wait : undefined;
}
