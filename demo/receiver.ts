/** Stands in for Slack: takes incoming-webhook messages on the loopback, shows each as text, and remembers what is told. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { readSlackMessage, type SlackMessage } from "./slack-text.ts";

const PATH = "/services/DEMO";

export class Receiver {
  readonly url: string;
  readonly #server: Server;
  readonly #last: ReadonlyMap<string, SlackMessage>;

  private constructor(server: Server, last: ReadonlyMap<string, SlackMessage>) {
    this.#server = server;
    this.#last = last;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
  }

  static async start(onMessage: (message: SlackMessage) => void): Promise<Receiver> {
    const last = new Map<string, SlackMessage>();
    const take = (body: string): number => {
      try {
        const message = readSlackMessage(body);
        last.set(message.title, message);
        onMessage(message);
        return 200;
      } catch {
        return 400;
      }
    };
    const server = createServer((request, response) => {
      text(request).then(
        (body) => response.writeHead(request.url === PATH ? take(body) : 404).end(),
        () => response.destroy(),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Receiver(server, last);
  }

  /** What is told now of the one thing whose title matches: that it is wrong, that it is over, or nothing yet. */
  tells(title: RegExp): "wrong" | "over" | "nothing" {
    const message = [...this.#last.values()].find((candidate) => title.test(candidate.title));
    if (message === undefined) return "nothing";
    return message.resolved ? "over" : "wrong";
  }

  /** Nothing that is wrong has been told, or all of it is over. */
  get isQuiet(): boolean {
    return [...this.#last.values()].every(({ resolved }) => resolved);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
