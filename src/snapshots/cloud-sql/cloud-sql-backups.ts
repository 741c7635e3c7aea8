/**
 * Backups of one instance of Cloud SQL, through its Admin API. A request to make one has no id of its own to be recognised by when its answer
 * is lost: the description is looked for before it is asked for again.
 */
import { z } from "zod";
import { HoldfastError, hasCode } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ManagedBackup, ManagedBackups, ManagedInstance } from "../../ports/managed-backups.ts";
import { Backoff } from "../../remote/backoff.ts";
import { Connections } from "../../remote/connections.ts";
import { GoogleApi, type ApiRequest } from "../../remote/google-api.ts";
import { anonymous, GoogleCredentials, type Credentials } from "../../remote/google-credentials.ts";
import { Refusal } from "../../remote/google-refusal.ts";
import { Pauses } from "../pauses.ts";
import { refusalError } from "./refusal.ts";
import { BackupRun, backupOf, Instance, instanceOf, Operation } from "./resources.ts";

const ENDPOINT = "https://sqladmin.googleapis.com";
const SCOPES = ["https://www.googleapis.com/auth/sqlservice.admin"];
/** All in all about two minutes. */
const PATIENCE = { attempts: 9, initialDelay: SECOND / 2, maxDelay: 30 * SECOND };
const ANSWER_LIMIT: Milliseconds = MINUTE / 2;
const MAX_PAGES = 1000;
const REMOVAL_LIMIT: Milliseconds = 15 * MINUTE;

export interface CloudSqlOptions {
  project: string;
  instance: string;
  keyFile?: string | undefined;
  endpoint?: string | undefined;
}

export interface CloudSqlSurroundings {
  clock: Clock;
  random: () => number;
  /** Names a proxy, where there is one. */
  env: NodeJS.ProcessEnv;
  /** Default: what the options and the environment provide. */
  credentials?: Credentials;
}

interface Call {
  what: string;
  signal: AbortSignal;
  method: "GET" | "POST" | "DELETE";
  /** After the project. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
}

const Page = z.object({ items: z.array(BackupRun).default([]), nextPageToken: z.string().optional() });

export class CloudSqlBackups implements ManagedBackups {
  readonly #options: CloudSqlOptions;
  readonly #clock: Clock;
  readonly #api: GoogleApi;
  readonly #backoff: Backoff;

  constructor(options: CloudSqlOptions, { clock, random, env, credentials }: CloudSqlSurroundings) {
    this.#options = options;
    this.#clock = clock;
    const origin = new URL(options.endpoint ?? ENDPOINT);
    const own = origin.protocol === "https:" ? new GoogleCredentials(options.keyFile, SCOPES) : anonymous;
    const connections = new Connections(origin, { clock, env });
    const errorOf = this.#error.bind(this);
    this.#api = new GoogleApi({
      ...{ service: "Cloud SQL", connections, credentials: credentials ?? own, clock, errorOf },
    });
    this.#backoff = new Backoff({ clock, random, ...PATIENCE });
  }

  async instance(signal: AbortSignal): Promise<ManagedInstance> {
    const { instance } = this.#options;
    const what = `Asking for the instance ${instance}`;
    const call: Call = { what, signal, method: "GET", path: `instances/${instance}` };
    return instanceOf(await this.#patiently(call, Instance));
  }

  async list(signal: AbortSignal): Promise<ManagedBackup[]> {
    const { instance } = this.#options;
    const what = `Listing the backups of the instance ${instance}`;
    const runs: ManagedBackup[] = [];
    let pageToken: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const query = { maxResults: "500", pageToken };
      const call: Call = { what, signal, method: "GET", path: this.#runs, query };
      const page: z.infer<typeof Page> = await this.#patiently(call, Page);
      runs.push(...page.items.map(backupOf));
      pageToken = page.nextPageToken;
      if (pageToken === undefined || pageToken === "") return runs;
    }
    throw new HoldfastError("store", { what, why: "Cloud SQL lists without end" });
  }

  async create(
    { description, location }: { description: string; location: string | undefined },
    { timeout, signal }: { timeout: Milliseconds; signal: AbortSignal },
  ): Promise<ManagedBackup> {
    const what = `Backing up the instance ${this.#options.instance}`;
    const body = { description, ...(location === undefined ? {} : { location }) };
    const pauses = new Pauses(this.#clock, { from: SECOND, to: 30 * SECOND, limit: timeout });
    const begun = await this.#begin({ what, signal, method: "POST", path: this.#runs, body }, description);
    if (begun !== undefined) await this.#ended(begun, { what, signal, pauses });
    for (;;) {
      const found = await this.#described(description, signal);
      if (found?.status === "successful") return found;
      if (found === undefined || found.status !== "running") {
        const why = found?.error ?? "Cloud SQL did not make it, and does not say why";
        throw new HoldfastError("source", {
          what,
          why,
          next: "look at the instance's operations in the console",
        });
      }
      if (!(await pauses.next(signal, what))) throw notEnded(what, timeout);
    }
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    const what = `Deleting backup ${id} of the instance ${this.#options.instance}`;
    const pauses = new Pauses(this.#clock, { from: SECOND / 2, to: 10 * SECOND, limit: REMOVAL_LIMIT });
    try {
      const call: Call = { what, signal, method: "DELETE", path: `${this.#runs}/${id}` };
      await this.#ended(await this.#patiently(call, Operation), { what, signal, pauses });
    } catch (error) {
      if (!hasCode(error, "not-found")) throw error;
    }
  }

  get #runs(): string {
    return `instances/${this.#options.instance}/backupRuns`;
  }

  async #described(description: string, signal: AbortSignal): Promise<ManagedBackup | undefined> {
    return (await this.list(signal)).find((run) => run.description === description);
  }

  /** Undefined: an earlier attempt, whose answer was lost, has begun it. */
  async #begin(call: Call, description: string): Promise<Operation | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(call, Operation);
      } catch (error) {
        await this.#backoff.waitOrThrow(error, attempt, call.signal);
        if ((await this.#described(description, call.signal)) !== undefined) return undefined;
      }
    }
  }

  async #ended(
    begun: Operation,
    { what, signal, pauses }: { what: string; signal: AbortSignal; pauses: Pauses },
  ): Promise<void> {
    let operation = begun;
    while (operation.status !== "DONE") {
      if (!(await pauses.next(signal, what))) throw notEnded(what, undefined);
      const path = `operations/${operation.name}`;
      operation = await this.#patiently({ what, signal, method: "GET", path }, Operation);
    }
    const [first] = operation.error?.errors ?? [];
    if (first === undefined) return;
    throw this.#error(new Refusal(400, first.code, first.message || first.code), { what });
  }

  async #patiently<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(call, schema);
      } catch (error) {
        await this.#backoff.waitOrThrow(error, attempt, call.signal);
      }
    }
  }

  #once<T>({ what, signal, method, path, query = {}, body }: Call, schema: z.ZodType<T>): Promise<T> {
    const request: ApiRequest = {
      ...{ what, signal, method, query, idleLimit: ANSWER_LIMIT },
      path: `/v1/projects/${this.#options.project}/${path}`,
      headers: { "content-type": "application/json" },
      body: body === undefined ? [] : [Buffer.from(JSON.stringify(body))],
    };
    return this.#api.json(request, schema);
  }

  #error(
    refusal: Refusal,
    { what, retryAfter }: { what: string; retryAfter?: string | undefined },
  ): HoldfastError {
    return refusalError(refusal, { what, retryAfter, place: this.#options, now: this.#clock.now() });
  }
}

function notEnded(what: string, limit: Milliseconds | undefined): HoldfastError {
  const within = limit === undefined ? "in time" : `within ${formatDuration(limit)}`;
  return new HoldfastError("timeout", {
    what,
    why: `Cloud SQL has not ended it ${within}`,
    next: "it may still end, and is a point then; look at the instance's operations in the console",
  });
}
