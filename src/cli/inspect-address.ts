/** Can the daemon listen where the config says? Free and held by our own daemon are both well; what is not certain is not said. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { Finding } from "../app/run-doctor.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { listeningError } from "../web/listening-error.ts";

/** A daemon on this machine answers at once. */
const ANSWER_LIMIT_MS = 3000;

const about = "http address";

export async function inspectAddress(
  { http: { listen }, stack }: Pick<LoadedConfig, "http" | "stack">,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (listen === false || listen.port === 0) return [];
  const address = `${listen.host}:${listen.port}`;
  const error = await tryToListen(listen);
  if (error === undefined) return [{ about, verdict: "ok", message: `${address} is free.` }];
  if (!("code" in error) || error.code !== "EADDRINUSE") {
    return [{ about, verdict: "failed", message: listeningError(address, error).message }];
  }
  const holder = await stackServedAt(listen, signal);
  if (holder === stack) return [{ about, verdict: "ok", message: `${address} is held by the daemon.` }];
  if (holder === undefined) return [];
  const message = `${address} is held by the Holdfast of stack ${holder}: set \`http.listen\` to another port.`;
  return [{ about, verdict: "failed", message }];
}

async function tryToListen({ host, port }: { host: string; port: number }): Promise<Error | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    server.close();
  }
}

/** The stack that a Holdfast there guards; undefined when something else answers, or nothing. */
async function stackServedAt(
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  const isAny = host === "0.0.0.0" || host === "::";
  const name = isAny ? "localhost" : host.includes(":") ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${name}:${port}/healthz`, {
      headers: { accept: "application/json" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    });
    const { stack } = (await response.json()) as { stack?: unknown };
    return typeof stack === "string" ? stack : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
