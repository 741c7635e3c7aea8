/**
 * Cloud Storage on a free port of the loopback: one bucket, its JSON API checked against Google's description of it, both
 * ways, and faults where a test wants them. What was not by the book stands in `violations`.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiContract, type Call } from "../google/api-contract.ts";
import { ranged } from "./byte-range.ts";
import { FakeApi, type Answer } from "./fake-api.ts";
import { FakeBucket, FakeRefusal } from "./fake-bucket.ts";
import { FakeUploads, parseContentRange } from "./fake-uploads.ts";
import { Faults, type Fault, type Operation } from "./faults.ts";
import { maskOf } from "./fields.ts";
import { readContent, readMultipart } from "./request-body.ts";

const CONTRACT = new ApiContract(new URL("discovery.json", import.meta.url));

export interface SeenRequest {
  operation: Operation;
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
}

/** Tells what holds the answer back or changes it. */
class Cut extends Error {}

export class FakeGcs {
  readonly bucket = new FakeBucket("backups");
  readonly uploads = new FakeUploads(this.bucket);
  readonly api = new FakeApi(this.bucket);
  readonly faults = new Faults();
  readonly requests: SeenRequest[] = [];
  readonly violations: string[] = [];
  /** The tokens that are accepted; undefined: nobody is asked for one. */
  tokens: Set<string> | undefined;
  /** Connections that were ever opened. */
  accepted = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (!(error instanceof Cut)) this.violations.push(String(error));
        response.destroy();
      });
    });
  }

  static async start(host = "127.0.0.1"): Promise<FakeGcs> {
    const gcs = new FakeGcs();
    gcs.#server.on("connection", () => void gcs.accepted++);
    gcs.#server.listen(0, host);
    await once(gcs.#server, "listening");
    return gcs;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  inject(operation: Operation, fault: Fault, options?: { times?: number }): void {
    this.faults.inject(operation, fault, options);
  }

  seen(operation: Operation): SeenRequest[] {
    return this.requests.filter((request) => request.operation === operation);
  }

  /** Connections that are open, which a store that is idle may keep. */
  async connections(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_, count) => resolve(count)));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const session = /^\/upload\/storage\/v1\/b\/[^/]+\/o\?.*\bupload_id=([\w-]+)/.exec(url)?.[1];
    const call = session === undefined ? CONTRACT.callOf(method, url) : undefined;
    const operation = session === undefined ? operationOf(call, url) : sessionOperation(request);
    this.requests.push({ operation, method, url, headers });
    const fault = this.faults.take(operation);
    let answer: Answer;
    try {
      this.#authorize(request);
      if (fault?.kind === "refuse") throw refusalOf(fault);
      if (fault?.kind === "cut") throw new Cut();
      if (fault?.kind === "hang" && fault.bytes === undefined) return;
      answer =
        session === undefined
          ? await this.#call(call, request, fault)
          : await this.#continue(session, request, fault);
    } catch (error) {
      if (!(error instanceof FakeRefusal)) throw error;
      request.resume();
      answer = refusalAnswer(error, url.includes("alt=media"));
      if (fault?.kind === "refuse" && fault.retryAfter !== undefined)
        answer.headers = { "retry-after": fault.retryAfter };
    }
    if (fault?.kind === "lose-answer") throw new Cut();
    await send(response, answer, fault);
  }

  async #call(call: Call | undefined, request: IncomingMessage, fault: Fault | undefined): Promise<Answer> {
    if (call === undefined) throw new Error(`no method of the API: ${request.method} ${request.url}`);
    const upload = call.values.get("uploadType")?.[0];
    const content = await readContent(request, fault);
    const { resource, bytes } =
      upload === "multipart"
        ? readMultipart(request.headers["content-type"], content)
        : { resource: jsonOf(content), bytes: undefined };
    this.violations.push(...CONTRACT.requestMistakes(call, resource));
    const answer =
      upload === "resumable"
        ? this.#start(resource ?? {}, call)
        : this.api.answer(call, resource, bytes === undefined ? undefined : spoiled(bytes, fault));
    if (fault?.kind === "drop") this.bucket.drop(String(resource?.["name"]));
    return this.#checked(call, ranged(answer, request.headers.range));
  }

  #start(resource: Record<string, unknown>, { values }: Call): Answer {
    this.api.assertBucket(values.get("bucket")?.[0]);
    this.api.assertRight("storage.objects.create");
    const id = this.uploads.start(resource, values.get("ifGenerationMatch")?.[0]);
    const location = `https://elsewhere.example/upload/storage/v1/b/${this.bucket.name}/o?uploadType=resumable&upload_id=${id}`;
    return { status: 200, headers: { location } };
  }

  async #continue(id: string, request: IncomingMessage, fault: Fault | undefined): Promise<Answer> {
    if (request.method === "DELETE") {
      this.uploads.forget(id);
      return { status: 499 };
    }
    const range = parseContentRange(request.headers["content-range"]);
    const bytes = spoiled(await readContent(request, fault), fault);
    const isCut = fault?.kind === "cut-after";
    const hash = [request.headers["x-goog-hash"]].flat()[0];
    const made = this.uploads.take(id, range, bytes, { isCut, hash });
    if (isCut) throw new Cut();
    if (made !== undefined) {
      if (fault?.kind === "drop") this.bucket.drop(made.name);
      return { status: 200, body: this.api.resource(made) };
    }
    const size = this.uploads.sizeOf(id);
    return { status: 308, ...(size === 0 ? {} : { headers: { range: `bytes=0-${size - 1}` } }) };
  }

  /** As it is described, and then only the fields that were asked for. */
  #checked(call: Call, answer: Answer): Answer {
    const { body } = answer;
    if (body === undefined || Buffer.isBuffer(body)) return answer;
    this.violations.push(...CONTRACT.answerMistakes(call, body));
    const fields = call.values.get("fields")?.[0];
    return fields === undefined ? answer : { ...answer, body: maskOf(fields)(body) };
  }

  #authorize({ headers: { authorization } }: IncomingMessage): void {
    if (this.tokens === undefined || this.tokens.has(authorization?.replace(/^Bearer /, "") ?? "")) return;
    throw new FakeRefusal(401, "authError", "Invalid Credentials");
  }
}

function operationOf(call: Call | undefined, url: string): Operation {
  switch (call?.method.id) {
    case "storage.objects.insert":
      return url.includes("uploadType=resumable") ? "start" : "insert";
    case "storage.objects.get":
      return url.includes("alt=media") ? "media" : "find";
    case "storage.objects.list":
      return "list";
    case "storage.objects.delete":
      return "delete";
    default:
      return "rights";
  }
}

function sessionOperation({ method, headers }: IncomingMessage): Operation {
  if (method === "DELETE") return "give-up";
  const range = headers["content-range"] ?? "";
  if (range === "bytes */*") return "inquire";
  return range.endsWith("/*") ? "block" : "finish";
}

function refusalOf({
  status,
  reason = "backendError",
  message = "Try again.",
}: Fault & { kind: "refuse" }): FakeRefusal {
  return new FakeRefusal(status, reason, message);
}

/** An error of a download comes as text. */
function refusalAnswer({ status, reason, message }: FakeRefusal, isMedia: boolean): Answer {
  if (isMedia) return { status, body: Buffer.from(message) };
  const errors = [{ message, domain: "global", reason }];
  return { status, body: { error: { code: status, message, errors } } };
}

function jsonOf(content: Buffer): Record<string, unknown> | undefined {
  return content.byteLength === 0
    ? undefined
    : (JSON.parse(content.toString("utf8")) as Record<string, unknown>);
}

function spoiled(bytes: Buffer, fault: Fault | undefined): Buffer {
  if (fault?.kind !== "corrupt" || bytes.byteLength === 0) return bytes;
  const copy = Buffer.from(bytes);
  const middle = copy.byteLength >> 1;
  copy.writeUInt8(copy.readUInt8(middle) ^ 1, middle);
  return copy;
}

async function send(
  response: ServerResponse,
  { status, headers = {}, body }: Answer,
  fault: Fault | undefined,
): Promise<void> {
  const isContent = Buffer.isBuffer(body);
  const type = isContent ? "application/octet-stream" : "application/json; charset=UTF-8";
  const bytes = isContent
    ? spoiled(body, fault)
    : Buffer.from(body === undefined ? "" : JSON.stringify(body));
  response.writeHead(status, { "content-type": type, ...headers, "content-length": bytes.byteLength });
  const isCut = fault?.kind === "cut-after";
  if (!isCut && fault?.kind !== "hang") return void response.end(bytes);
  await new Promise((resolve) => response.write(bytes.subarray(0, fault.bytes), resolve));
  if (isCut) throw new Cut();
}
