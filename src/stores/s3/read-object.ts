/** Reads an object, or a range of it, and goes on where a connection was cut: never with bytes of another object. */
import { HoldfastError, hasCode } from "../../domain/errors.ts";
import type { Backoff } from "../../remote/backoff.ts";
import type { Call, S3Connection } from "./s3-connection.ts";
import { codeOf, statusOf } from "./s3-error.ts";

export interface ReadRequest {
  call: Call;
  /** As the bucket knows it. */
  key: string;
  range: { offset: number; length: number } | undefined;
  /** Undefined: whichever object there is. */
  etag: string | undefined;
}

interface Answer {
  chunks: AsyncIterable<Uint8Array>;
  etag: string | undefined;
  /** Where the object, or the range of it that was asked for, ends. */
  end: number;
}

/** A range that begins at or after the end gives nothing. */
export async function* readObject(
  connection: S3Connection,
  { call, key, range, etag }: ReadRequest,
  backoff: Backoff,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = range?.offset ?? 0;
  const whole = { at: start, end: range === undefined ? undefined : start + range.length, etag };
  let place: Place = whole;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await ask(connection, { call, key }, place);
      if (answer === undefined) return;
      place = { ...place, end: answer.end, etag: answer.etag };
      for await (const chunk of answer.chunks) {
        place = { ...place, at: place.at + chunk.byteLength };
        attempt = 0;
        yield chunk;
      }
      if (place.at === answer.end) return;
      throw cut(call.what, place.at, answer.end);
    } catch (error) {
      const known = connection.errorOf(error, call);
      // Nothing was given yet: whether to begin again is for the caller to say.
      if (place.at === start) throw known;
      await backoff.waitOrThrow(known, Math.max(1, attempt), call.signal);
    }
  }
}

interface Place {
  at: number;
  /** Undefined: to the object's end. */
  end: number | undefined;
  /** Of what was read before `at`, or what is asked for. */
  etag: string | undefined;
}

async function ask(
  connection: S3Connection,
  { call, key }: { call: Call; key: string },
  { at, end, etag }: Place,
): Promise<Answer | undefined> {
  const isRange = at > 0 || end !== undefined;
  const input = {
    ...{ Bucket: connection.bucket, Key: key },
    ...(isRange ? { Range: `bytes=${at}-${end === undefined ? "" : end - 1}` } : {}),
    ...(etag === undefined ? {} : { IfMatch: etag }),
  };
  try {
    const output = await connection.run(call, (client, options) => client.getObject(input, options));
    if (isRange && startOf(output.ContentRange) !== at) throw noRanges(call.what);
    // Servers that know no conditions.
    if (etag !== undefined && output.ETag !== etag) throw changed(call.what, undefined);
    return {
      chunks: output.Body as unknown as AsyncIterable<Uint8Array>,
      etag: output.ETag,
      end: at + (output.ContentLength ?? 0),
    };
  } catch (error) {
    const status = statusOf(error);
    // What ends at `at` was given whole.
    if (status === 416) return undefined;
    if (status === 412) throw changed(call.what, error);
    if (status === 404 && codeOf(error) !== "NoSuchBucket") throw notFound(call.what, error);
    throw error;
  }
}

function startOf(contentRange: string | undefined): number {
  return Number(/^bytes (\d+)-/.exec(contentRange ?? "")?.[1] ?? NaN);
}

export function notFound(what: string, cause?: unknown): HoldfastError {
  if (hasCode(cause, "not-found")) return cause;
  return new HoldfastError("not-found", { what, why: "there is no such object", cause });
}

function changed(what: string, cause: unknown): HoldfastError {
  const why = "the object was replaced while it was read";
  return new HoldfastError("store", { what, why, cause, transient: true });
}

function cut(what: string, at: number, end: number): HoldfastError {
  const why = `the connection was cut at byte ${at} of ${end}`;
  return new HoldfastError("store", { what, why, transient: true });
}

function noRanges(what: string): HoldfastError {
  const why = "the server gave other bytes than the range that it was asked for";
  return new HoldfastError("store", { what, why, next: "use a server that gives ranges" });
}
