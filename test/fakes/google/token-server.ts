/** What gives out tokens for Google Cloud, on the loopback: a machine's metadata server, and an exchange for federated identities. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface TokenServer {
  host: string;
  /** As the configuration of workload identity federation names it. */
  exchangeUrl: string;
  /** How many tokens were given: `token-1`, `token-2`, …. */
  readonly given: number;
  /** Answers the next requests for a token with this instead. */
  refuse(refusal: { status: number; body: Record<string, string> }): void;
}

export async function startTokenServer(): Promise<TokenServer> {
  let given = 0;
  let refusal: { status: number; body: Record<string, string> } | undefined;
  const server = createServer((request, response) => {
    request.resume();
    const isToken = /\/token\b/.test(request.url ?? "");
    if (isToken && refusal === undefined) given++;
    const { status, body } = refusal ?? { status: 200, body: tokenAnswer(given) };
    response.writeHead(isToken ? status : 200, {
      "content-type": "application/json",
      "metadata-flavor": "Google",
    });
    response.end(isToken ? JSON.stringify(body) : "{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    exchangeUrl: `http://${host}/v1/token`,
    get given() {
      return given;
    },
    refuse: (next) => void (refusal = next),
  };
}

function tokenAnswer(count: number): Record<string, unknown> {
  return {
    access_token: `token-${count}`,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 3600,
  };
}
