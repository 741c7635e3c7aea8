/** What a request to the fake brings along. */
import type { IncomingMessage } from "node:http";
import { FakeRefusal } from "./fake-bucket.ts";
import type { Fault } from "./faults.ts";

/** All of it, or what came before the fault cut it off. */
export async function readContent(request: IncomingMessage, fault: Fault | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const limit = fault?.kind === "cut-after" ? fault.bytes : Infinity;
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

/** Two parts: the resource as JSON, and the bytes. */
export function readMultipart(
  contentType: string | undefined,
  content: Buffer,
): { resource: Record<string, unknown>; bytes: Buffer } {
  const boundary = /boundary=([^;]+)/.exec(contentType ?? "")?.[1] ?? "";
  const first = content.indexOf("\r\n\r\n");
  const between = content.indexOf(`\r\n--${boundary}\r\n`, first);
  const second = content.indexOf("\r\n\r\n", between);
  const end = content.lastIndexOf(`\r\n--${boundary}--`);
  if (boundary === "" || first < 0 || between < 0 || second < 0 || end < second) {
    throw new FakeRefusal(400, "badContent", "Malformed multipart body.");
  }
  const json = content.subarray(first + 4, between).toString("utf8");
  return { resource: JSON.parse(json) as Record<string, unknown>, bytes: content.subarray(second + 4, end) };
}
