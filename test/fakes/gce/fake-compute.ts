/**
 * Compute Engine on a free port of the loopback: one project, its JSON API checked against Google's description of it, both ways,
 * operations that take several requests, and faults where a test wants them. What was not by the book stands in `violations`.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ApiContract } from "../google/api-contract.ts";
import { JSON_TYPE, requestsOf, sendBatch, type Asked, type Reply } from "../google/batch.ts";
import { FakeApi, shortId } from "./fake-api.ts";
import { Faults, type Fault } from "./faults.ts";
import { FakeOperations, type Json } from "./operations.ts";
import { FakeProjectDisks } from "./project-disks.ts";
import { FakeProject } from "./project.ts";
import { FakeRefusal } from "./refusal.ts";

const CONTRACTS = ["discovery.json", "projects-discovery.json"].map(
  (file) => new ApiContract(new URL(file, import.meta.url)),
);

/** As the API's description has it. */
const BATCH_PATH = "/batch/compute/v1";

/** The connection is closed, or left as it is. */
type NoReply = "cut" | "hang";

export interface SeenCall {
  /** `disks.createSnapshot` */
  method: string;
  url: string;
  body: Json;
  authorization: string | undefined;
}

export class FakeCompute {
  readonly operations: FakeOperations;
  readonly project: FakeProject;
  readonly disks: FakeProjectDisks;
  readonly api: FakeApi;
  readonly faults = new Faults();
  readonly calls: SeenCall[] = [];
  readonly violations: string[] = [];
  /** The tokens that are accepted; undefined: nobody is asked for one. */
  tokens: Set<string> | undefined;
  /** Told of every request that is left without an answer. */
  onHang: () => void = () => undefined;
  readonly #server: Server;

  private constructor(now: () => number) {
    const base = "https://www.googleapis.com/compute/v1/projects/acme";
    this.operations = new FakeOperations(base, () => new Date(now()).toISOString());
    this.project = new FakeProject(base, this.operations, now);
    this.disks = new FakeProjectDisks(this.project);
    this.api = new FakeApi(this.project, this.disks);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.violations.push(String(error));
        response.destroy();
      });
    });
  }

  /** `now`: what its resources are stamped with. */
  static async start(now: () => number): Promise<FakeCompute> {
    const compute = new FakeCompute(now);
    compute.#server.listen(0, "127.0.0.1");
    await once(compute.#server, "listening");
    return compute;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  seen(method: string): SeenCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const { authorization, "content-type": type = "" } = headers;
    const content = await text(request);
    const batch = url === BATCH_PATH ? requestsOf(type, content) : undefined;
    const asked = batch ?? [{ method, url, content }];
    const replies = asked.map((one) => this.#reply(one, authorization));
    if (replies.includes("cut")) return void response.destroy();
    if (replies.includes("hang")) return this.onHang();
    const [first] = replies as [Reply];
    if (batch !== undefined) return sendBatch(response, batch, replies as Reply[]);
    response.writeHead(first.status, { "content-type": JSON_TYPE, ...first.headers });
    response.end(JSON.stringify(first.body));
  }

  #reply({ method: httpMethod, url, content }: Asked, authorization: string | undefined): Reply | NoReply {
    const body = content === "" ? undefined : (JSON.parse(content) as Json);
    this.operations.tick();
    const found = CONTRACTS.flatMap((contract) => {
      const call = contract.callOf(httpMethod, url);
      return call === undefined ? [] : [{ contract, call }];
    })[0];
    if (found === undefined) throw new Error(`no method of the API: ${httpMethod} ${url}`);
    const { contract, call } = found;
    const method = shortId(call.method.id);
    this.calls.push({ method, url, body: body ?? {}, authorization });
    this.violations.push(...contract.requestMistakes(call, body));
    const fault = this.faults.take(method);
    if (fault?.kind === "cut" || fault?.kind === "hang") return fault.kind;
    const isLost = fault?.kind === "forget" || fault?.kind === "lose-answer";
    try {
      this.#authorize(authorization);
      if (fault?.kind === "refuse") throw refusalOf(fault);
      const answer = this.api.answer(call, body ?? {}, fault);
      this.violations.push(...contract.answerMistakes(call, answer));
      if (fault?.kind === "forget") this.operations.forget(call.values.get("requestId")?.[0] ?? "");
      return isLost ? "cut" : { status: 200, body: answer };
    } catch (error) {
      if (!(error instanceof FakeRefusal)) throw error;
      if (isLost) return "cut";
      const { status, reason, message } = error;
      const retryAfter = fault?.kind === "refuse" ? fault.retryAfter : undefined;
      const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
      const errors = [{ message, domain: "global", reason }];
      return { status, headers, body: { error: { code: status, message, errors } } };
    }
  }

  #authorize(authorization: string | undefined): void {
    if (this.tokens === undefined || this.tokens.has(authorization?.replace(/^Bearer /, "") ?? "")) return;
    throw new FakeRefusal(401, "authError", "Invalid Credentials");
  }
}

function refusalOf({ status, reason = "backendError", message = "Try again." }: Fault & { kind: "refuse" }) {
  return new FakeRefusal(status, reason, message);
}
