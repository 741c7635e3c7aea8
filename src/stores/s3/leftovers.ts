/**
 * Ends the uploads in parts that others have begun and not ended: no listing shows them, and they are billed for ever. Who began one is
 * not told. The stack's lock keeps everybody away who may still end it well: one that has lost the lock unawares would find its put
 * failed, never cut.
 */
import type { ListMultipartUploadsCommandOutput, MultipartUpload } from "@aws-sdk/client-s3";
import { nameOf } from "./list-objects.ts";
import type { Call, S3Connection } from "./s3-connection.ts";
import { statusOf } from "./s3-error.ts";

const PAGE = 1000;

export interface LeftoverRequest {
  call: Call;
  /** As the bucket knows it. */
  prefix: string;
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
    if (underWay.has(upload.id)) continue;
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

function describe({ Key, UploadId }: MultipartUpload, encoding: string | undefined): Upload {
  return { key: nameOf(Key ?? "", encoding), id: UploadId ?? "" };
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
