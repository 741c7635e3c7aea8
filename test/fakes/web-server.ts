/** A real web server on a free port of the loopback, with a context that a test fills in. */
import { request } from "node:http";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { startWebServer } from "../../src/web/server.ts";
import type { WebContext } from "../../src/web/context.ts";
import { FakeClock } from "./fake-clock.ts";
import { stackStatus, STATUS_AT } from "./status-fixture.ts";

export async function testServer(overrides: Partial<WebContext> = {}) {
  const clock = new FakeClock();
  const abort = new AbortController();
  const errors: unknown[] = [];
  const context: WebContext = {
    status: () => stackStatus(),
    points: async () => [],
    past: () => ({ attempts: [], points: [], schedule: undefined }),
    runs: () => [],
    logOf: () => [],
    retention: () => new Map(),
    request: () => "unknown",
    actionsOf: () => ["run", "verify"],
    files: async () => ({ files: [], next: undefined }),
    file: async () => ({ size: 0, chunks: Readable.from([]) }),
    now: () => STATUS_AT,
    stack: "analytics",
    metrics: async () => ({ contentType: "text/plain", body: "holdfast_build_info 1\n" }),
    token: undefined,
    ...overrides,
  };
  const server = await startWebServer({
    listen: { host: "127.0.0.1", port: 0 },
    context,
    clock,
    signal: abort.signal,
    onError: (error) => void errors.push(error),
  });
  onTestFinished(async () => {
    let closed = false;
    void server.closed.then(() => (closed = true));
    abort.abort();
    while (!closed) await clock.advance(1000);
  });
  const { host, port } = server.address;
  return { url: `http://${host}:${port}`, port, server, clock, abort, errors };
}

/** The answer to a request whose path and headers are sent exactly as given, which fetch would tidy up. */
export function rawRequest(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string | number>; body?: string } = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options;
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (incoming) => {
      Array.fromAsync(incoming as AsyncIterable<Buffer>).then((chunks) => {
        const { statusCode = 0, headers: received } = incoming;
        resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks) });
      }, reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
