/**
 * A small S3 on loopback that checks every signature, and does wrong when it is told to. For what a real server does
 * not have (conditional writes, object lock) or cannot be made to do.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeBucket, type BucketRules } from "./bucket.ts";
import { S3Failure, failureXml } from "./failure.ts";
import { OPERATIONS, RIGHTS, operationOf, type Exchange, type Reply } from "./operations.ts";
import { assertSigned } from "./signature.ts";

export const FAKE_KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "fake-secret-key" };
/** Of an identity to whom nothing is denied. */
export const FAKE_PRUNE_KEYS = { accessKeyId: "AKIDPRUNER", secretAccessKey: "fake-prune-key" };
export const FAKE_REGION = "eu-test-1";

export type Fault =
  /** Answers so, and does nothing. */
  | { kind: "answer"; failure: S3Failure }
  /** Cuts the connection, having done nothing. */
  | { kind: "cut" }
  /** Does it and cuts the connection instead of saying so. */
  | { kind: "lose-answer" }
  /** Never answers. */
  | { kind: "stall" }
  /** Says that it is done, and does nothing. */
  | { kind: "drop" }
  /** Gives so many bytes of a body, then cuts the connection or keeps silent. */
  | { kind: "cut-body" | "stall-body"; after: number }
  /** One byte of what arrives is another. */
  | { kind: "corrupt" };

export interface FakeS3Settings extends BucketRules {
  conditions: "kept" | "refused" | "ignored";
  /** How far its clock is ahead. */
  clockAhead: number;
  /** Rights that the identity lacks. */
  denied: string[];
  wantsMd5: boolean;
}

const DEFAULTS: FakeS3Settings = {
  ...{ smallestPart: 5 * 2 ** 20, mostParts: 10_000, equalParts: false },
  ...{ conditions: "kept", clockAhead: 0, denied: [], wantsMd5: false },
};

export class FakeS3 {
  readonly bucketName = "backups";
  readonly bucket: FakeBucket;
  readonly settings: FakeS3Settings;
  /** Names of the operations asked for, in order. */
  readonly asked: string[] = [];
  readonly #faults: { operation: string; fault: Fault; times: number }[] = [];
  readonly #server: Server;

  private constructor(settings: FakeS3Settings) {
    this.settings = settings;
    this.bucket = new FakeBucket(settings);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(settings: Partial<FakeS3Settings> = {}): Promise<FakeS3> {
    const fake = new FakeS3({ ...DEFAULTS, denied: [], ...settings });
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests of that operation go wrong so. */
  inject(operation: string, fault: Fault, times = 1): void {
    this.#faults.push({ operation, fault, times });
  }

  count(operation: string): number {
    return this.asked.filter((asked) => asked === operation).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => undefined);
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://fake");
    const [bucketName = "", ...rest] = pathname.slice(1).split("/");
    const key = decodeURIComponent(rest.join("/"));
    const operation = operationOf(request, key, query);
    this.asked.push(operation);
    const fault = this.#takeFault(operation);
    try {
      const body = Buffer.concat(await request.toArray());
      if (fault?.kind === "stall") return;
      if (fault?.kind === "cut") return void request.socket.destroy();
      if (fault?.kind === "corrupt") body[0] = (body[0] ?? 0) ^ 1;
      if (fault?.kind === "answer") throw fault.failure;
      const exchange = { request, key, query, body, now: this.#now() };
      const reply = this.#perform(operation, bucketName, exchange, fault);
      if (fault?.kind === "lose-answer") return void request.socket.destroy();
      this.#answer(response, reply, fault);
    } catch (error) {
      if (!(error instanceof S3Failure)) return void request.socket.destroy();
      this.#refuse(request, response, error);
    }
  }

  #perform(operation: string, bucketName: string, exchange: Exchange, fault: Fault | undefined): Reply {
    const isPruner = exchange.request.headers.authorization?.includes(FAKE_PRUNE_KEYS.accessKeyId) === true;
    const keys = isPruner ? FAKE_PRUNE_KEYS : FAKE_KEYS;
    assertSigned(exchange.request, exchange.body, { ...keys, region: FAKE_REGION }, this.#now());
    if (bucketName !== this.bucketName) {
      throw new S3Failure(404, "NoSuchBucket", "The specified bucket does not exist");
    }
    const right = RIGHTS[operation] ?? "";
    if (this.settings.denied.includes(right) && !isPruner) {
      throw new S3Failure(403, "AccessDenied", `User: x is not authorized to perform: ${right}`);
    }
    const perform = OPERATIONS[operation];
    if (perform === undefined) throw new S3Failure(501, "NotImplemented", operation);
    this.#assertCondition(operation, exchange);
    if (fault?.kind === "drop") return { headers: { etag: '"dropped"' } };
    return perform(this.bucket, exchange);
  }

  #assertCondition(operation: string, { request, key }: Exchange): void {
    const isPut = operation === "PutObject" || operation === "UploadPart";
    if (isPut && this.settings.wantsMd5 && request.headers["content-md5"] === undefined) {
      throw new S3Failure(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required");
    }
    if (request.headers["if-none-match"] === undefined || this.settings.conditions === "ignored") return;
    if (this.settings.conditions === "refused") {
      throw new S3Failure(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
      );
    }
    if (this.bucket.objects.has(key)) {
      throw new S3Failure(412, "PreconditionFailed", "At least one of the preconditions did not hold");
    }
  }

  #answer(response: ServerResponse, { status = 200, headers = {}, body = "" }: Reply, fault?: Fault): void {
    const bytes = Buffer.from(body);
    const isHead = response.req.method === "HEAD";
    const length = isHead || status === 204 ? {} : { "content-length": String(bytes.byteLength) };
    response.writeHead(status, { date: new Date(this.#now()).toUTCString(), ...length, ...headers });
    if (fault?.kind !== "cut-body" && fault?.kind !== "stall-body") {
      response.end(isHead ? undefined : bytes);
      return;
    }
    const cut = fault.kind === "cut-body" ? () => response.destroy() : () => undefined;
    response.write(bytes.subarray(0, fault.after), cut);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, failure: S3Failure): void {
    const date = new Date(this.#now()).toUTCString();
    response.writeHead(failure.status, { date, "content-type": "application/xml", ...failure.headers });
    response.end(request.method === "HEAD" ? undefined : failureXml(failure));
  }

  #takeFault(operation: string): Fault | undefined {
    const next = this.#faults.find((planned) => planned.operation === operation && planned.times > 0);
    if (next !== undefined) next.times--;
    return next?.fault;
  }

  #now(): number {
    return Date.now() + this.settings.clockAhead;
  }
}
