/** `holdfast ping`: does the daemon of this config answer? What the image's health check runs. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { DEFAULT_LISTEN } from "../config/values.ts";
import { hasCode, HoldfastError } from "../domain/errors.ts";
import { EXIT } from "./exit-codes.ts";
import { openConfigFile } from "./open-config.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

const PATIENCE_MS = 4_000;
const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);

export const ping: Verb = async (context) => {
  const listen = await addressIn(context);
  if (listen === false) {
    await printLine(
      context.terminal,
      "The daemon has no HTTP server (http.listen: false), so nothing can be asked.",
    );
    return EXIT.done;
  }
  const { host, port } = listen;
  const address = EVERY_ADDRESS.has(host) ? "127.0.0.1" : host;
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${port}/livez`;
  await ask(url, AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]));
  if (context.json) await printJson(context.terminal, { url, answers: true });
  else await printLine(context.terminal, `The daemon answers at ${url}.`);
  return EXIT.done;
};

/**
 * A daemon goes on under the config that it has when the file is changed into one that is wrong: it must not be
 * taken for dead by that, and is looked for where it listens by default.
 */
async function addressIn(context: VerbContext): Promise<LoadedConfig["http"]["listen"]> {
  try {
    return (await openConfigFile(context)).http.listen;
  } catch (error) {
    if (!hasCode(error, "usage")) throw error;
    return DEFAULT_LISTEN;
  }
}

async function ask(url: string, signal: AbortSignal): Promise<void> {
  const failed = (why: string, cause?: unknown) =>
    new HoldfastError("not-found", {
      ...{ what: `Asking the daemon at ${url}`, why, cause },
      next: "look at the log of `holdfast run`",
    });
  let status: number;
  try {
    status = await statusOf(url, signal);
  } catch (error) {
    throw failed("it does not answer", error);
  }
  if (status !== 200) throw failed(`it answered ${status}`);
}

/** Asked for ever again, it must be cheap: an `import` of the module, or `fetch`, takes as long as the rest of this command. */
async function statusOf(url: string, signal: AbortSignal): Promise<number> {
  const request = process.getBuiltinModule("node:http").get(url, { signal, agent: false });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  request.destroy();
  return answer.statusCode ?? 0;
}
