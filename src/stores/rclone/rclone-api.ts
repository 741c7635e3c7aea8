/** Requests to a running rclone, and what it answers: nothing is understood here, nothing tried twice. */
import { Agent, request, type ClientRequest, type IncomingMessage } from "node:http";
import { MINUTE } from "../../domain/instant.ts";

/** rclone gives up on a dead server long before; this is for an rclone that hangs. */
const SILENCE_LIMIT = 10 * MINUTE;
const MAX_ERROR_BYTES = 64 * 1024;

/** rclone's own answer to a request that failed. */
export class RcloneFailure extends Error {
  /**
   * - `absent`: there is no object, or no folder, of that name.
   * - `unopened`: there was one, but it could not be opened: perhaps it is another one by now.
   */
  readonly kind: "absent" | "unopened" | "other";

  constructor(message: string, kind: RcloneFailure["kind"]) {
    super(message);
    this.name = "RcloneFailure";
    this.kind = kind;
  }
}

export function isAbsent(error: unknown): boolean {
  return error instanceof RcloneFailure && error.kind === "absent";
}

export interface ApiAddress {
  port: number;
  user: string;
  password: string;
}

interface Sending {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export class RcloneApi {
  readonly #address: ApiAddress;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  /** rclone leaves the connection of a read that fails in disorder: none is used again. */
  readonly #readers = new Agent({ keepAlive: false, maxSockets: 64 });

  constructor(address: ApiAddress) {
    this.#address = address;
  }

  /** The answer to a command of the API. Throws RcloneFailure, the request's own error, or the signal's AbortError. */
  async call(command: string, params: object, signal?: AbortSignal): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    const sent = this.open({ method: "POST", path: `/${command}`, headers, signal });
    const answered = answerTo(sent);
    sent.end(JSON.stringify(params));
    return JSON.parse(await readText(await accepted(await answered)));
  }

  /** An object's content, as an iterable that ends early with an error only. */
  async read(path: string, range: string | undefined, signal?: AbortSignal): Promise<IncomingMessage> {
    const headers = range === undefined ? {} : { range };
    const sent = this.open({ method: "GET", path, headers, signal });
    const answered = answerTo(sent);
    sent.end();
    return accepted(await answered);
  }

  /** A request that is yet to be written and ended. */
  open({ method, path, headers, signal }: Sending): ClientRequest {
    const { port, user, password } = this.#address;
    const sent = request({
      ...{
        host: "127.0.0.1",
        port,
        method,
        path,
        agent: method === "GET" ? this.#readers : this.#agent,
        timeout: SILENCE_LIMIT,
      },
      auth: `${user}:${password}`,
      headers: { ...headers },
      ...(signal === undefined ? {} : { signal }),
    });
    sent.on("timeout", () => sent.destroy(new Error("rclone does not answer")));
    return sent;
  }

  close(): void {
    this.#agent.destroy();
    this.#readers.destroy();
  }
}

export function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    sent.on("error", reject);
  });
}

/** Throws what rclone says where it is not content. */
export async function accepted(answer: IncomingMessage): Promise<IncomingMessage> {
  if (answer.statusCode === 200 || answer.statusCode === 206) return answer;
  // What could not be opened was announced by its size, which the answer does not have.
  const text = await readText(answer, MAX_ERROR_BYTES).catch(() => "");
  throw failureOf(answer.statusCode ?? 0, text);
}

/** A folder where an object is asked for, or the other way round. */
const NOT_OF_THAT_KIND = /is a directory not a file|is a file not a directory|not a directory/;

/** rclone's errors are JSON; a 404 in plain text is an object that is there and could not be opened. */
function failureOf(status: number, text: string): RcloneFailure {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "string") {
      return new RcloneFailure(error, status === 404 || NOT_OF_THAT_KIND.test(error) ? "absent" : "other");
    }
  } catch {
    // Not rclone's JSON: told as it stands.
  }
  if (status === 404) return new RcloneFailure("the object could not be opened", "unopened");
  return new RcloneFailure(`rclone answers ${status}: ${text.trim()}`, "other");
}

async function readText(answer: IncomingMessage, most = Infinity): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > most) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
