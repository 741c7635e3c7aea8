/** Options of a store of kind `gcs`: a bucket of Google Cloud Storage, or a folder in one. */
import { z } from "zod";
import { GoogleEndpoint, GoogleKeyFile, GoogleProject } from "../../remote/google-options.ts";
import { BucketPrefix } from "../bucket-options.ts";

export const GcsStoreOptions = z.strictObject({
  kind: z.literal("gcs"),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/)
    .meta({ expected: "the name of a bucket, without gs://" }),
  prefix: BucketPrefix.optional(),
  /** Who pays for the requests, which a bucket with requester pays asks for. */
  project: GoogleProject.optional(),
  keyFile: GoogleKeyFile.optional(),
  /** Who deletes and replaces, so that the identity above need not be able to. */
  pruneCredentials: z
    .strictObject({ keyFile: GoogleKeyFile })
    .meta({ expected: "a map with the keyFile of the identity that deletes" })
    .optional(),
  endpoint: GoogleEndpoint.optional(),
  storageClass: z
    .enum(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"])
    .meta({ expected: "one of STANDARD, NEARLINE, COLDLINE and ARCHIVE" })
    .optional(),
});

export type GcsStoreOptions = z.infer<typeof GcsStoreOptions>;
