/** The HttpCaller port with the runtime's own client. */
import { cancellation, HoldfastError } from "../domain/errors.ts";
import type { HttpHook } from "../domain/job.ts";
import type { HttpCaller } from "../ports/http-caller.ts";

/** Of an answer that is none of success. */
const QUOTED_AT_MOST = 300;

export function createHttpCaller(): HttpCaller {
  return { call, statusOf };
}

async function statusOf(url: string, signal: AbortSignal): Promise<number> {
  const answer = await answerTo({ kind: "http", url, method: "GET", headers: {}, body: undefined }, signal);
  await answer.body?.cancel();
  return answer.status;
}

async function call(request: HttpHook, signal: AbortSignal): Promise<void> {
  const { url, headers } = request;
  const answer = await answerTo(request, signal);
  if (answer.ok) return void (await answer.body?.cancel());
  const said = await beginningOf(answer);
  const why = `the answer was ${answer.status}${said === "" ? "" : ` (${withoutSecrets(said, url, headers)})`}`;
  throw new HoldfastError("source", { what: whatOf(request), why, transient: answer.status >= 500 });
}

async function answerTo(request: HttpHook, signal: AbortSignal): Promise<Response> {
  const { url, method, headers, body } = request;
  try {
    return await fetch(url, {
      ...{ method, headers: { "user-agent": "holdfast", ...headers }, redirect: "manual", signal },
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    const what = whatOf(request);
    if (signal.aborted) throw cancellation(signal, what);
    // Not kept as the cause: such errors quote addresses.
    throw new HoldfastError("source", { what, why: `there was no answer${codeOf(error)}`, transient: true });
  }
}

function whatOf({ url, method }: HttpHook): string {
  return `Calling ${new URL(url).host} by ${method}`;
}

function codeOf(error: unknown): string {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return typeof code === "string" ? ` (${code})` : "";
}

async function beginningOf(answer: Response): Promise<string> {
  let text = "";
  try {
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.length >= QUOTED_AT_MOST) break;
    }
  } catch {
    // What it said until it broke off is better than another error.
  }
  return text.slice(0, QUOTED_AT_MOST).replace(/\s+/g, " ").trim();
}

/** Servers like to quote the request. */
function withoutSecrets(text: string, url: string, headers: HttpHook["headers"]): string {
  const { pathname, search } = new URL(url);
  const secrets = [url, pathname + search, ...Object.values(headers)].filter(({ length }) => length > 3);
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, "…"), text);
}
