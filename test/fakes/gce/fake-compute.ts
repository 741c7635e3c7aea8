/**
 * Compute Engine on a free port of the loopback: one project, its JSON API checked against Google's description of it, both ways,
 * operations that take several requests, and faults where a test wants them. What was not by the book stands in `violations`.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ApiContract } from "../google/api-contract.ts";
import { FakeApi, shortId } from "./fake-api.ts";
import { Faults, type Fault } from "./faults.ts";
import { FakeOperations, type Json } from "./operations.ts";
import { FakeProjectDisks } from "./project-disks.ts";
import { FakeProject } from "./project.ts";
import { FakeRefusal } from "./refusal.ts";

const CONTRACTS = ["discovery.json", "projects-discovery.json"].map(
  (file) => new ApiContract(new URL(file, import.meta.url)),
);

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
    const { method: httpMethod = "", url = "", headers } = request;
    const content = await text(request);
    const body = content === "" ? undefined : (JSON.parse(content) as Json);
    this.operations.tick();
    const found = CONTRACTS.flatMap((contract) => {
      const call = contract.callOf(httpMethod, url);
      return call === undefined ? [] : [{ contract, call }];
    })[0];
    if (found === undefined) throw new Error(`no method of the API: ${httpMethod} ${url}`);
    const { contract, call } = found;
    const method = shortId(call.method.id);
    this.calls.push({ method, url, body: body ?? {}, authorization: headers.authorization });
    this.violations.push(...contract.requestMistakes(call, body));
    const fault = this.faults.take(method);
    if (fault?.kind === "cut") return void response.destroy();
    if (fault?.kind === "hang") return this.onHang();
    try {
      this.#authorize(headers.authorization);
      if (fault?.kind === "refuse") throw refusalOf(fault);
      const answer = this.api.answer(call, body ?? {}, fault);
      this.violations.push(...contract.answerMistakes(call, answer));
      if (fault?.kind === "forget") this.operations.forget(call.values.get("requestId")?.[0] ?? "");
      if (fault?.kind === "forget" || fault?.kind === "lose-answer") return void response.destroy();
      send(response, 200, answer);
    } catch (error) {
      if (!(error instanceof FakeRefusal)) throw error;
      const { status, reason, message } = error;
      if (fault?.kind === "forget" || fault?.kind === "lose-answer") return void response.destroy();
      const retryAfter = fault?.kind === "refuse" ? fault.retryAfter : undefined;
      if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
      send(response, status, {
        error: { code: status, message, errors: [{ message, domain: "global", reason }] },
      });
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

function send(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(body));
}
