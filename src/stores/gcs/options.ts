/** Options of a store of kind `gcs`: a bucket of Google Cloud Storage, or a folder in one. */
import { z } from "zod";
import { BucketPrefix } from "../bucket-options.ts";

const KeyFile = z
  .string()
  .startsWith("/")
  .meta({ expected: "the absolute path of a JSON file with credentials" });

export const GcsStoreOptions = z.strictObject({
  kind: z.literal("gcs"),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/)
    .meta({ expected: "the name of a bucket, without gs://" }),
  prefix: BucketPrefix.optional(),
  /** Who pays for the requests, which a bucket with requester pays asks for. */
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.:-]*$/)
    .meta({ expected: "the id of a project" })
    .optional(),
  /** Without it: what the environment provides (application default credentials, workload identity). */
  keyFile: KeyFile.optional(),
  /** Who deletes and replaces, so that the identity above need not be able to. */
  pruneCredentials: z
    .strictObject({ keyFile: KeyFile })
    .meta({ expected: "a map with the keyFile of the identity that deletes" })
    .optional(),
  /** Of http:// nothing is asked who we are: an emulator. */
  endpoint: z
    .url({ protocol: /^https?$/ })
    .refine((address) => URL.parse(address)?.pathname === "/")
    .meta({ expected: "an https:// address without a path, or http:// of an emulator" })
    .optional(),
  storageClass: z
    .enum(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"])
    .meta({ expected: "one of STANDARD, NEARLINE, COLDLINE and ARCHIVE" })
    .optional(),
});

export type GcsStoreOptions = z.infer<typeof GcsStoreOptions>;
