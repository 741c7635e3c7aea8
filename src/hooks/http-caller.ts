/** The HttpCaller port with the runtime's own client. */
import { cancellation, HoldfastError } from "../domain/errors.ts";
import type { HttpHook } from "../domain/job.ts";
import type { HttpCaller } from "../ports/http-caller.ts";

/** Of an answer that is none of success. */
const QUOTED_AT_MOST = 300;

export function createHttpCaller(): HttpCaller {
  return { call };
}

async function call({ url, method, headers, body }: HttpHook, signal: AbortSignal): Promise<void> {
  const what = `Calling ${new URL(url).host} by ${method}`;
  let answer: Response;
  try {
    answer = await fetch(url, {
      ...{ method, headers: { "user-agent": "holdfast", ...headers }, redirect: "manual", signal },
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    if (signal.aborted) throw cancellation(signal, what);
    // Not kept as the cause: such errors quote addresses.
    throw new HoldfastError("source", { what, why: `there was no answer${codeOf(error)}`, transient: true });
  }
  if (answer.ok) return void (await answer.body?.cancel());
  const said = await beginningOf(answer);
  const why = `the answer was ${answer.status}${said === "" ? "" : ` (${withoutSecrets(said, url, headers)})`}`;
  throw new HoldfastError("source", { what, why, transient: answer.status >= 500 });
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
