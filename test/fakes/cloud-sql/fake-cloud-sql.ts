/**
 * The Cloud SQL Admin API of one instance on a free port of the loopback, checked against Google's description of it, both ways. Operations end
 * after some looks at them; one at a time, as the real one has it.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ApiContract, type Call } from "../google/api-contract.ts";

const CONTRACT = new ApiContract(new URL("discovery.json", import.meta.url));

type Json = Record<string, unknown>;

/** What becomes of the next request of that method. */
export type Fault =
  | { kind: "refuse"; status: number; reason: string; message?: string }
  /** It is done, and nobody hears of it. */
  | { kind: "lose-answer" }
  /** The operation that it begins ends so. */
  | { kind: "fail-late"; code: string; message: string };

interface Run extends Json {
  id: string;
  status: string;
}

export class FakeCloudSql {
  /** Newest first. */
  readonly runs: Run[] = [];
  readonly instance: Json;
  readonly violations: string[] = [];
  /** `backupRuns.insert`, … */
  readonly calls: string[] = [];
  /** Looks at an operation until it has ended. */
  looks = 2;
  pageSize = 500;
  readonly #faults = new Map<string, Fault[]>();
  readonly #operations = new Map<string, { looks: number; end: () => Json }>();
  readonly #server: Server;
  readonly #now: () => number;
  #count = 1_700_000_000_000;

  private constructor(now: () => number) {
    this.#now = now;
    this.instance = {
      ...{ kind: "sql#instance", name: "main", project: "acme", region: "europe-north1", state: "RUNNABLE" },
      databaseVersion: "POSTGRES_16",
      settings: {
        kind: "sql#settings",
        backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true },
      },
    };
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.violations.push(String(error));
        response.destroy();
      });
    });
  }

  static async start(now: () => number): Promise<FakeCloudSql> {
    const fake = new FakeCloudSql(now);
    fake.#server.listen(0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  fail(method: string, ...faults: Fault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  /** Somebody else's: the instance's own schedule, or a person. */
  addRun(of: Json = {}): Run {
    const at = new Date(this.#now()).toISOString();
    const run: Run = {
      ...{ kind: "sql#backupRun", id: String(this.#count++), status: "SUCCESSFUL", type: "AUTOMATED" },
      ...{ instance: "main", enqueuedTime: at, startTime: at, endTime: at, location: "eu", ...of },
    };
    this.runs.unshift(run);
    return run;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method: httpMethod = "", url = "" } = request;
    const content = await text(request);
    const body = content === "" ? undefined : (JSON.parse(content) as Json);
    const call = CONTRACT.callOf(httpMethod, url);
    if (call === undefined) throw new Error(`no method of the API: ${httpMethod} ${url}`);
    const method = call.method.id.replace("sql.", "");
    this.calls.push(method);
    this.violations.push(...CONTRACT.requestMistakes(call, body));
    const fault = this.#faults.get(method)?.shift();
    if (fault?.kind === "refuse") return refuse(response, fault);
    const answer = this.#answer(method, call, { body: body ?? {}, fault });
    if (answer === undefined)
      return refuse(response, { status: 404, reason: "instanceDoesNotExist", message: "Not found." });
    this.violations.push(...CONTRACT.answerMistakes(call, answer));
    if (fault?.kind === "lose-answer") {
      // Nobody looks at an operation whose name was lost.
      for (const operation of this.#operations.values()) operation.end();
      return void response.destroy();
    }
    send(response, 200, answer);
  }

  #answer(
    method: string,
    { values }: Call,
    { body, fault }: { body: Json; fault: Fault | undefined },
  ): Json | undefined {
    const value = (name: string) => values.get(name)?.[0];
    if (value("project") !== "acme" || (value("instance") ?? "main") !== "main") return undefined;
    switch (method) {
      case "instances.get":
        return this.instance;
      case "backupRuns.list":
        return this.#page(Number(value("pageToken") ?? 0));
      case "backupRuns.insert":
        return this.#insert(body, fault);
      case "backupRuns.delete":
        return this.#delete(value("id") ?? "");
      case "operations.get":
        return this.#look(value("operation") ?? "");
      default:
        throw new Error(`the fake does not do ${method}`);
    }
  }

  #page(from: number): Json {
    const next = from + this.pageSize;
    return {
      ...{ kind: "sql#backupRunsList", items: this.runs.slice(from, next) },
      ...(next < this.runs.length ? { nextPageToken: String(next) } : {}),
    };
  }

  #insert({ description, location = "eu" }: Json, fault: Fault | undefined): Json {
    const run = this.addRun({ description, location, type: "ON_DEMAND", status: "RUNNING" });
    return this.#begin("BACKUP_VOLUME", () => {
      const failed = fault?.kind === "fail-late" ? { code: fault.code, message: fault.message } : undefined;
      run.status = failed === undefined ? "SUCCESSFUL" : "FAILED";
      if (failed === undefined) return {};
      run["error"] = failed;
      return { error: { kind: "sql#operationErrors", errors: [failed] } };
    });
  }

  #delete(id: string): Json | undefined {
    const at = this.runs.findIndex((run) => run.id === id);
    if (at < 0) return undefined;
    return this.#begin("DELETE_BACKUP", () => (this.runs.splice(at, 1), {}));
  }

  #begin(operationType: string, end: () => Json): Json {
    const name = `operation-${this.#count++}`;
    this.#operations.set(name, { looks: this.looks, end });
    return { kind: "sql#operation", name, operationType, status: "PENDING", targetId: "main" };
  }

  #look(name: string): Json | undefined {
    const operation = this.#operations.get(name);
    if (operation === undefined) return undefined;
    const resource = { kind: "sql#operation", name, targetId: "main" };
    if (operation.looks-- > 0) return { ...resource, status: "RUNNING" };
    const end = operation.end();
    operation.end = () => end;
    return { ...resource, status: "DONE", ...end };
  }
}

function refuse(
  response: ServerResponse,
  { status, reason, message = "Try again." }: { status: number; reason: string; message?: string },
): void {
  send(response, status, {
    error: { code: status, message, errors: [{ message, domain: "global", reason }] },
  });
}

function send(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(body));
}
