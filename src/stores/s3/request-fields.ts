/** What the requests of a put have in common. */
import { createHash } from "node:crypto";
import type { StorageClass } from "@aws-sdk/client-s3";
import { messageOf } from "../../domain/errors.ts";
import type { S3StoreOptions } from "./options.ts";
import type { PartRules } from "./upload-plan.ts";
import { statusOf } from "./s3-error.ts";

/** Where and how an object is kept. */
export function placement({
  storageClass,
  sse,
  sseKmsKeyId,
}: Pick<S3StoreOptions, "storageClass" | "sse" | "sseKmsKeyId">) {
  return {
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
    ...(sse === undefined ? {} : { ServerSideEncryption: sse }),
    ...(sseKmsKeyId === undefined ? {} : { SSEKMSKeyId: sseKmsKeyId }),
  };
}

/** Cloudflare R2 takes no parts of different sizes. */
export function partRules({ partSize, maxParts, equalParts, endpoint = "" }: S3StoreOptions): PartRules {
  return { partSize, maxParts, equalParts: equalParts ?? endpoint.includes(".r2.cloudflarestorage.com") };
}

/**
 * Every request is signed with the SHA-256 of its bytes. A bucket with object lock wants an MD5 as well, which takes
 * twice as long: it is sent once a server has asked for it.
 */
export class ContentDigests {
  #isAsked = false;

  async with<T>(bytes: Uint8Array, request: (fields: { ContentMD5?: string }) => Promise<T>): Promise<T> {
    if (!this.#isAsked) {
      try {
        return await request({});
      } catch (error) {
        if (statusOf(error) !== 400 || !/Content-MD5/i.test(messageOf(error))) throw error;
        this.#isAsked = true;
      }
    }
    return request({ ContentMD5: createHash("md5").update(bytes).digest("base64") });
  }
}
