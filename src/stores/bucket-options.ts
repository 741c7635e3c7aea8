/** What stores in buckets are told alike. */
import { z } from "zod";

/** Everything is kept below it, so that a bucket can hold other things as well. */
export const BucketPrefix = z
  .string()
  .max(512)
  .regex(/^[^/\p{Cc}]+(\/[^/\p{Cc}]+)*$/u)
  .refine((prefix) => !prefix.split("/").some((segment) => segment === "." || segment === ".."))
  .meta({ expected: "the start of names such as backups/analytics, without a slash at either end" });
