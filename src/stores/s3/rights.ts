/** Which rights are missing that a backup does without until something has gone wrong: tried, changing nothing. */
import type { S3 } from "@aws-sdk/client-s3";
import type { Call, S3Connection } from "./s3-connection.ts";
import { statusOf } from "./s3-error.ts";

/** No server gives such an id. */
const NO_UPLOAD = "holdfast-no-such-upload";

type Try = (client: S3, options: { abortSignal?: AbortSignal }) => Promise<unknown>;

/** A sentence for each. */
export async function missingRights(connection: S3Connection, call: Call, prefix: string): Promise<string[]> {
  const target = { Bucket: connection.bucket, Key: `${prefix}.holdfast`, UploadId: NO_UPLOAD };
  const tries: [right: string, request: Try][] = [
    [
      "s3:ListBucketMultipartUploads",
      (client, options) =>
        client.listMultipartUploads({ Bucket: connection.bucket, Prefix: prefix, MaxUploads: 1 }, options),
    ],
    ["s3:AbortMultipartUpload", (client, options) => client.abortMultipartUpload(target, options)],
  ];
  const missing: string[] = [];
  for (const [right, request] of tries) {
    if (!(await isRefused(connection, { ...call, right }, request))) continue;
    missing.push(
      `The right ${right} is missing, so what broken uploads leave stays and is billed: allow it, or have a lifecycle rule of the bucket end incomplete uploads.`,
    );
  }
  return missing;
}

async function isRefused(connection: S3Connection, call: Call, request: Try): Promise<boolean> {
  try {
    await connection.run(call, request);
    return false;
  } catch (error) {
    if (statusOf(error) === 403) return true;
    const isAnswer = (statusOf(error) ?? 500) < 500;
    if (isAnswer) return false;
    throw error;
  }
}
