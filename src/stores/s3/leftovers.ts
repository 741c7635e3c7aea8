/** Ends the uploads in parts that killed processes began: no listing shows them, and they are billed for ever. */
import type { ListMultipartUploadsCommandOutput, MultipartUpload } from "@aws-sdk/client-s3";
import { MINUTE, type Instant, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import { nameOf } from "./list-objects.ts";
import type { Call, S3Connection } from "./s3-connection.ts";
import { statusOf } from "./s3-error.ts";

/**
 * Who began an upload is not told. The stack's lock keeps other backups away; one that has lost the lock unawares may
 * still be at a part. Were its upload ended all the same, its put would fail, never be cut.
 */
export const QUIET: Milliseconds = 15 * MINUTE;
const PAGE = 1000;

export interface LeftoverRequest {
  call: Call;
  /** As the bucket knows it. */
  prefix: string;
  clock: Clock;
  /** Ids of uploads under way in this process. */
  underWay: ReadonlySet<string>;
}

/** Returns how many were ended. */
export async function removeLeftoverUploads(
  connection: S3Connection,
  request: LeftoverRequest,
): Promise<number> {
  const { call, underWay } = request;
  let removed = 0;
  for await (const upload of uploads(connection, request)) {
    if (underWay.has(upload.id) || !(await isQuiet(connection, upload, request))) continue;
    await unlessGone(
      connection.run({ ...call, right: "s3:AbortMultipartUpload" }, (client, options) =>
        client.abortMultipartUpload(targetOf(connection, upload), options),
      ),
    );
    removed++;
  }
  return removed;
}

interface Upload {
  key: string;
  id: string;
  begunAt: Instant;
}

async function* uploads(
  connection: S3Connection,
  { call, prefix }: LeftoverRequest,
): AsyncGenerator<Upload, void, undefined> {
  const listing = { ...call, right: "s3:ListBucketMultipartUploads" };
  let after: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (after !== undefined) {
    const input = {
      ...{ Bucket: connection.bucket, Prefix: prefix, MaxUploads: PAGE, EncodingType: "url" as const },
      ...after,
    };
    const page: ListMultipartUploadsCommandOutput = await connection.run(listing, (client, options) =>
      client.listMultipartUploads(input, options),
    );
    for (const found of page.Uploads ?? []) {
      const upload = describe(found, page.EncodingType);
      // Never of a neighbour, whatever the server takes for a prefix.
      if (upload.key.startsWith(prefix) && upload.id !== "") yield upload;
    }
    const KeyMarker = nameOf(page.NextKeyMarker ?? "", page.EncodingType);
    const UploadIdMarker = page.NextUploadIdMarker ?? "";
    const isMore: boolean = page.IsTruncated === true && KeyMarker !== "" && KeyMarker !== after.KeyMarker;
    after = isMore ? { KeyMarker, UploadIdMarker } : undefined;
  }
}

function describe({ Key, UploadId, Initiated }: MultipartUpload, encoding: string | undefined): Upload {
  return { key: nameOf(Key ?? "", encoding), id: UploadId ?? "", begunAt: Initiated?.getTime() ?? 0 };
}

/** By the server's clock, which is the one that times were taken with. */
async function isQuiet(
  connection: S3Connection,
  upload: Upload,
  { call, clock }: LeftoverRequest,
): Promise<boolean> {
  const now = clock.now() + (await connection.clockOffset());
  if (now - upload.begunAt < QUIET) return false;
  const parts = { ...call, right: "s3:ListMultipartUploadParts" };
  let newest = upload.begunAt;
  let after: string | undefined;
  do {
    const input = {
      ...targetOf(connection, upload),
      ...(after === undefined ? {} : { PartNumberMarker: after }),
    };
    const page = await connection
      .run(parts, (client, options) => client.listParts(input, options))
      .catch((error: unknown) => {
        if (statusOf(error) === 404) return undefined;
        throw error;
      });
    for (const { LastModified } of page?.Parts ?? []) newest = Math.max(newest, LastModified?.getTime() ?? 0);
    const next = page?.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    after = next === after ? undefined : next;
  } while (after !== undefined);
  return now - newest >= QUIET;
}

function targetOf({ bucket }: S3Connection, { key, id }: Upload) {
  return { Bucket: bucket, Key: key, UploadId: id };
}

async function unlessGone(ending: Promise<unknown>): Promise<void> {
  try {
    await ending;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}
