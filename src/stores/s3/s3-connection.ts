/**
 * The AWS SDK as the store needs it: loaded when it is first needed, no retries of its own, nothing that waits for
 * ever, and errors that say what to change.
 */
import type { S3, S3ClientConfig } from "@aws-sdk/client-s3";
import { readFile } from "node:fs/promises";
import { getCACertificates } from "node:tls";
import { cancellation, hasCode, HoldfastError } from "../../domain/errors.ts";
import { MINUTE, SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { S3StoreOptions } from "./options.ts";
import { s3Error } from "./s3-error.ts";

const CONNECT_LIMIT: Milliseconds = 15 * SECOND;
/** A connection on which nothing has moved for so long is given up. */
const STALL_LIMIT: Milliseconds = MINUTE;
const MAX_CONNECTIONS = 64;

export interface Call {
  /** Starts the sentence of an error. */
  what: string;
  /** The action that a policy has to allow. */
  right: string;
  signal: AbortSignal | undefined;
}

export class S3Connection {
  readonly bucket: string;
  readonly #options: S3StoreOptions;
  readonly #stallLimit: Milliseconds;
  #client: Promise<S3> | undefined;

  constructor(options: S3StoreOptions, { stallLimit = STALL_LIMIT }: { stallLimit?: Milliseconds } = {}) {
    this.bucket = options.bucket;
    this.#options = options;
    this.#stallLimit = stallLimit;
  }

  /** One request. Errors are HoldfastErrors, `cancelled` when the signal has fired. */
  async run<T>(
    { what, right, signal }: Call,
    request: (client: S3, options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted === true) throw cancellation(signal, what);
    try {
      const client = await this.#connect();
      return await request(client, signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      throw this.errorOf(error, { what, right, signal });
    }
  }

  errorOf(error: unknown, { what, right, signal }: Call): HoldfastError {
    // That time was up is told already, and by what had failed until then.
    if (signal?.aborted === true && !hasCode(error, "timeout")) return cancellation(signal, what);
    return s3Error(error, { what, right, bucket: this.bucket });
  }

  #connect(): Promise<S3> {
    this.#client ??= this.#open().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #open(): Promise<S3> {
    const config = clientConfig(this.#options, await this.#authorities(), this.#stallLimit);
    // 37 MB that nobody needs who has no such store.
    const { S3: Client } = await import("@aws-sdk/client-s3");
    return new Client(config);
  }

  async #authorities(): Promise<string[] | undefined> {
    const { caFile } = this.#options;
    if (caFile === undefined) return undefined;
    try {
      return [...getCACertificates("default"), await readFile(caFile, "utf8")];
    } catch (error) {
      throw new HoldfastError("store", {
        what: `Reading ${caFile}`,
        why: "it cannot be read",
        next: "check `caFile`",
        cause: error,
      });
    }
  }
}

function clientConfig(
  options: S3StoreOptions,
  ca: string[] | undefined,
  stallLimit: Milliseconds,
): S3ClientConfig {
  const { endpoint, region, pathStyle, profile, checksums } = options;
  const mode = checksums === "when-supported" ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  const agent = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  return {
    ...credentialsOf(options),
    ...(region !== undefined ? { region } : endpoint !== undefined ? { region: "us-east-1" } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    requestChecksumCalculation: mode,
    responseChecksumValidation: mode,
    // What is tried again is decided by with-retry.ts and by the upload, which know what it means.
    maxAttempts: 1,
    // The wait for the answer to it costs each part a connection of its own.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_LIMIT, stallLimit),
      socketTimeout: stallLimit,
      httpAgent: agent,
      httpsAgent: ca === undefined ? agent : { ...agent, ca },
    },
  };
}

function credentialsOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: S3StoreOptions): Pick<S3ClientConfig, "credentials"> {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  const token = sessionToken === undefined ? {} : { sessionToken };
  return { credentials: { accessKeyId, secretAccessKey, ...token } };
}
