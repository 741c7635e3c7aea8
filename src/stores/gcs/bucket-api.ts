/** The JSON API of one bucket: its paths, who pays, what an error answer means. */
import type { z } from "zod";
import type { HoldfastError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Connections, HttpAnswer } from "../../remote/connections.ts";
import { GoogleApi, type ApiRequest, type WholeAnswer } from "../../remote/google-api.ts";
import type { Credentials } from "../../remote/google-credentials.ts";
import { Refusal } from "../../remote/google-refusal.ts";
import { refusalError } from "./refusal.ts";

export const SERVICE = "Cloud Storage";

export interface BucketApiOptions {
  bucket: string;
  project?: string | undefined;
  connections: Connections;
  credentials: Credentials;
  clock: Clock;
}

export class BucketApi {
  readonly #options: BucketApiOptions;
  readonly #api: GoogleApi;
  readonly clock: Clock;

  constructor(options: BucketApiOptions) {
    const { connections, credentials, clock } = options;
    this.#options = options;
    this.clock = clock;
    const errorOf = this.error.bind(this);
    this.#api = new GoogleApi({ service: SERVICE, connections, credentials, clock, errorOf });
  }

  get bucketPath(): string {
    return `/storage/v1/b/${this.#options.bucket}`;
  }

  /** Where new objects are sent. */
  get uploadPath(): string {
    return `/upload${this.bucketPath}/o`;
  }

  objectPath(name: string): string {
    return `${this.bucketPath}/o/${encodeURIComponent(name)}`;
  }

  /** An answer of 2xx or of `also`. A token that is refused is asked for anew, once. */
  async ask(request: ApiRequest): Promise<HttpAnswer> {
    return this.#api.ask(this.#paid(request));
  }

  async json<T>(request: ApiRequest, schema: z.ZodType<T>): Promise<T> {
    return this.#api.json(this.#paid(request), schema);
  }

  /** An answer with its body, for what is not large. */
  async whole(request: ApiRequest): Promise<WholeAnswer> {
    return this.#api.whole(this.#paid(request));
  }

  #paid(request: ApiRequest): ApiRequest {
    if (request.query === undefined) return request;
    return { ...request, query: { ...request.query, userProject: this.#options.project } };
  }

  changedOnTheWay(what: string): HoldfastError {
    return this.error(new Refusal(400, "invalid", "its crc32c is not that of what was sent"), { what });
  }

  error(
    refusal: Refusal,
    { what, retryAfter }: { what: string; retryAfter?: string | undefined },
  ): HoldfastError {
    return refusalError(refusal, { what, retryAfter, bucket: this.#options.bucket, now: this.clock.now() });
  }
}
