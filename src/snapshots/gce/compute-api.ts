/**
 * The Compute API of one project. Every request is patient: passing troubles are waited out, with the same request id each time, so
 * that what was done although its answer was lost is not done twice.
 */
import { z } from "zod";
import { HoldfastError } from "../../domain/errors.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { Backoff } from "../../remote/backoff.ts";
import type { Connections } from "../../remote/connections.ts";
import { GoogleApi, type ApiRequest } from "../../remote/google-api.ts";
import type { Credentials } from "../../remote/google-credentials.ts";
import type { Refusal } from "../../remote/google-refusal.ts";
import { refusalError } from "./refusal.ts";

const SERVICE = "Compute Engine";
/** All in all about two minutes. */
const PATIENCE = { attempts: 9, initialDelay: SECOND / 2, maxDelay: 30 * SECOND };
/** No request but waiting for an operation takes longer; who waits for it may be held. */
const ANSWER_LIMIT: Milliseconds = MINUTE / 2;
const PAGE = "500";
const MAX_PAGES = 10_000;

export interface Purpose {
  /** What it is for, as errors name it. */
  what: string;
  signal: AbortSignal;
}

export interface Call extends Purpose {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** After the project: `zones/europe-north1-a/disks/data-disk`. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
  /** How long the API may be silent before it is asked again. */
  answerLimit?: Milliseconds;
}

export interface ComputeApiOptions {
  connections: Connections;
  /** To the service that knows who may do what in a project. */
  projects: Connections;
  credentials: Credentials;
  clock: Clock;
  random: () => number;
  /** The id of the project; asked once and remembered where it succeeds. */
  project: (signal: AbortSignal) => Promise<string>;
}

export class ComputeApi {
  readonly clock: Clock;
  readonly #options: ComputeApiOptions;
  readonly #api: GoogleApi;
  readonly #projects: GoogleApi;
  readonly #backoff: Backoff;
  #project: string | undefined;

  constructor(options: ComputeApiOptions) {
    const { connections, projects, credentials, clock, random } = options;
    this.#options = options;
    this.clock = clock;
    const errorOf = this.error.bind(this);
    const context = { service: SERVICE, credentials, clock, errorOf };
    this.#api = new GoogleApi({ ...context, connections });
    this.#projects = new GoogleApi({ ...context, service: "Resource Manager", connections: projects });
    this.#backoff = new Backoff({ clock, random, ...PATIENCE });
  }

  async project(signal: AbortSignal): Promise<string> {
    this.#project ??= await this.#options.project(signal);
    return this.#project;
  }

  async call<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
    const project = await this.project(call.signal);
    const path = `/compute/v1/projects/${project}/${call.path}`;
    return this.#patiently(this.#api, { ...call, path }, schema);
  }

  /** Of a whole path. */
  async ofProjects<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
    return this.#patiently(this.#projects, call, schema);
  }

  async #patiently<T>(
    api: GoogleApi,
    { what, signal, method, path, query = {}, body, answerLimit = ANSWER_LIMIT }: Call,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const request: ApiRequest = {
      ...{ what, signal, method, path, query, idleLimit: answerLimit },
      headers: { "content-type": "application/json" },
      body: body === undefined ? [] : [Buffer.from(JSON.stringify(body))],
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await api.json(request, schema);
      } catch (error) {
        await this.#backoff.waitOrThrow(error, attempt, signal);
      }
    }
  }

  /** Items of all pages, asked for as they are read. A listing that cannot be completed throws. */
  async *list<T>(
    call: Purpose & Pick<Call, "path" | "query">,
    item: z.ZodType<T>,
  ): AsyncGenerator<T, void, undefined> {
    const Page = z.object({ items: z.array(item).default([]), nextPageToken: z.string().optional() });
    let pageToken: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const query = { ...call.query, maxResults: PAGE, pageToken };
      const page: z.infer<typeof Page> = await this.call({ ...call, method: "GET", query }, Page);
      yield* page.items;
      pageToken = page.nextPageToken;
      if (pageToken === undefined || pageToken === "") return;
    }
    throw new HoldfastError("store", { what: call.what, why: `${SERVICE} lists without end` });
  }

  error(
    refusal: Refusal,
    { what, retryAfter }: { what: string; retryAfter?: string | undefined },
  ): HoldfastError {
    const project = this.#project ?? "";
    return refusalError(refusal, { what, retryAfter, project, now: this.clock.now() });
  }
}
