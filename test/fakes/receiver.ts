/** An HTTP receiver on the loopback that records what it gets and answers, or does not, as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type ReceiverAnswer =
  | { status: number; body?: string; headers?: Record<string, string> }
  /** Takes the request and closes the connection. */
  | "close"
  /** Takes the request and never answers. */
  | "hang"
  /** Answers 500 and never ends the body. */
  | "hang in the body";

export interface Receiver {
  /** `http://127.0.0.1:PORT/services/SECRET`: a path that must not show up in any error. */
  url: string;
  requests: ReceivedRequest[];
  /** How the following requests are answered; the last answer stays. 200 from the start. */
  answer(...answers: ReceiverAnswer[]): void;
  /** Resolves when so many requests have been received. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

export const SECRET_PATH = "/services/T0SECRET/B0SECRET";

export async function startReceiver(): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  let answers: ReceiverAnswer[] = [{ status: 200, body: "ok" }];

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = "", url = "", headers } = request;
      requests.push({ method, path: url, headers, body });
      reply(response, (answers.length > 1 ? answers.shift() : answers[0]) ?? "close");
      for (const look of waiting) look();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${SECRET_PATH}`,
    requests,
    answer: (...next) => void (answers = next),
    received: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (requests.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  return body;
}

function reply(response: ServerResponse, answer: ReceiverAnswer): void {
  if (answer === "hang") return;
  if (answer === "close") return void response.socket?.destroy();
  if (answer === "hang in the body") return void response.writeHead(500).write("half an ans");
  response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
}
