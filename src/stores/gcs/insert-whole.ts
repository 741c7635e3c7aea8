/** Makes an object of bytes that are all there: one request, which can be sent again. */
import { randomUUID } from "node:crypto";

import { Crc32c } from "./crc32c.ts";
import { ObjectResource } from "./object-resource.ts";
import type { NewResource, UploadContext } from "./upload-context.ts";

/** The server computes the digest as well, and makes no object of other bytes. */
export async function insertWhole(
  { ifGenerationMatch, ...resource }: NewResource,
  bytes: Uint8Array,
  { api, backoff, what, signal }: UploadContext,
): Promise<ObjectResource> {
  const digest = new Crc32c();
  digest.update(bytes);
  const boundary = randomUUID();
  const part = (type: string) => `--${boundary}\r\ncontent-type: ${type}\r\n\r\n`;
  const json = JSON.stringify({ ...resource, crc32c: digest.toBase64() });
  const head = `${part("application/json; charset=utf-8")}${json}\r\n${part(resource.contentType)}`;
  const request = {
    ...{ what, signal, method: "POST" as const, path: api.uploadPath },
    query: { uploadType: "multipart", ifGenerationMatch },
    headers: { "content-type": `multipart/related; boundary=${boundary}` },
    body: [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)],
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.json(request, ObjectResource);
    } catch (error) {
      await backoff.waitOrThrow(error, attempt, signal);
    }
  }
}
