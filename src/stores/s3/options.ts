/** Options of a store of kind `s3`: a bucket of Amazon S3 or of anything that speaks its protocol, or a folder in one. */
import { z } from "zod";
import { BucketPrefix } from "../bucket-options.ts";
import { parseSize } from "../../domain/size.ts";

const MIB = 2 ** 20;
/** What S3 asks of every part but the last, https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. */
const SMALLEST_PART = 5 * MIB;
const LARGEST_PART = 1024 * MIB;
export const MOST_PARTS = 10_000;

const EXPECTED_PARTS = `a whole number from 1 to ${MOST_PARTS}`;
const EXPECTED_BOOLEAN = "true or false";

/** Values may come as text, because that is what a `${VARIABLE}` gives. */
const PartSize = z
  .union([z.string(), z.number()])
  .transform((value) => parseSize(String(value).trim()) ?? 0)
  .refine((size) => size >= SMALLEST_PART && size <= LARGEST_PART)
  .meta({ expected: "a size from 5MiB to 1GiB" });

const PartCount = z
  .union([z.string().regex(/^\d+$/).transform(Number), z.number()])
  .refine((count) => Number.isInteger(count) && count >= 1 && count <= MOST_PARTS)
  .meta({ expected: EXPECTED_PARTS });

const Choice = z
  .union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")])
  .meta({ expected: EXPECTED_BOOLEAN });

const Secret = z.string().min(1).meta({ secret: "value", expected: "text" });

/** Of one identity. */
const Credentials = {
  accessKeyId: Secret.optional(),
  secretAccessKey: Secret.optional(),
  sessionToken: Secret.optional(),
  /** In the files of AWS's own tools. */
  profile: z.string().min(1).meta({ expected: "the name of a profile" }).optional(),
};

interface GivenCredentials {
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
  profile?: string | undefined;
}

function isOneIdentity({ accessKeyId, secretAccessKey, profile }: GivenCredentials): boolean {
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) return false;
  return accessKeyId === undefined || profile === undefined;
}

export const S3StoreOptions = z
  .strictObject({
    kind: z.literal("s3"),
    bucket: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/)
      .meta({ expected: "the name of a bucket, without s3://" }),
    prefix: BucketPrefix.optional(),
    /** Without it: what the environment says; of an `endpoint` us-east-1, which most others than Amazon take. */
    region: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .meta({ expected: "the name of a region such as eu-central-1" })
      .optional(),
    /** Of anything that is not Amazon's. */
    endpoint: z
      .url({ protocol: /^https?$/ })
      .meta({ expected: "an https:// or http:// address" })
      .optional(),
    /** The bucket in the path instead of in the host's name: the default of an `endpoint`. */
    pathStyle: Choice.optional(),
    /** Certificates that are trusted beside those of the system. */
    caFile: z
      .string()
      .startsWith("/")
      .meta({ expected: "the absolute path of a file of PEM certificates" })
      .optional(),
    /** Without keys: what the environment provides, by the rules of AWS's own tools. */
    ...Credentials,
    /** Who deletes and replaces, so that the identity above need not be able to. */
    pruneCredentials: z
      .strictObject(Credentials)
      .refine(isOneIdentity)
      .refine(({ accessKeyId, profile }) => accessKeyId !== undefined || profile !== undefined)
      .meta({ expected: "accessKeyId and secretAccessKey together, or a profile" })
      .optional(),
    partSize: PartSize.default(8 * MIB),
    maxParts: PartCount.default(MOST_PARTS),
    /** No pieces of another size (see upload-plan.ts): some servers (Cloudflare R2) take only equal ones. */
    equalParts: Choice.optional(),
    /** `when-supported` adds checksums that many servers other than Amazon's refuse. */
    checksums: z
      .enum(["when-required", "when-supported"])
      .meta({ expected: "when-required or when-supported" })
      .default("when-required"),
    storageClass: z
      .string()
      .regex(/^[A-Z0-9_]+$/)
      .refine((name) => !["GLACIER", "DEEP_ARCHIVE"].includes(name))
      .meta({ expected: "a storage class that can be read at once, such as STANDARD_IA" })
      .optional(),
    sse: z
      .enum(["AES256", "aws:kms", "aws:kms:dsse"])
      .meta({ expected: "one of AES256, aws:kms and aws:kms:dsse" })
      .optional(),
    sseKmsKeyId: z.string().min(1).meta({ expected: "the id or ARN of a key" }).optional(),
  })
  .refine(isOneIdentity)
  .refine(({ sse, sseKmsKeyId }) => sseKmsKeyId === undefined || sse?.startsWith("aws:kms") === true)
  .meta({
    expected:
      "accessKeyId and secretAccessKey together or neither, a profile only without them, sseKmsKeyId only with sse aws:kms",
  });

export type S3StoreOptions = z.infer<typeof S3StoreOptions>;
