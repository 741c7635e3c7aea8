/** A stream of many GiB and many thousands of objects through a store on a real server of S3: nothing lost, memory bounded. */
import { createHash } from "node:crypto";
import { S3 } from "@aws-sdk/client-s3";

import { systemClock } from "../../../src/observability/system-clock.ts";
import { S3StoreOptions } from "../../../src/stores/s3/options.ts";
import { S3Store } from "../../../src/stores/s3/s3-store.ts";
import { startSwift, SWIFT_KEYS } from "../../servers/swift.ts";

const BUCKET = "backups";
const CHUNK_BYTES = 2 ** 20;
const GIB = 2 ** 30;
const OBJECTS_PER_GIB = 2000;
const AT_ONCE = 20;
/** Of the whole program, the SDK and its buffers included. */
const MOST_MEMORY = 400 * 2 ** 20;

export interface S3Torture {
  gibibytes: number;
  print: (line: string) => void;
}

export async function tortureS3({ gibibytes, print }: S3Torture): Promise<void> {
  const swift = await startSwift();
  try {
    const store = await storeOn(swift.endpoint);
    const problems = [
      ...(await sendStream(store, Math.round(gibibytes * GIB))),
      ...(await sendObjects(store, Math.round(gibibytes * OBJECTS_PER_GIB))),
    ];
    for (const problem of problems) print(problem);
    print(`${gibibytes} GiB and as many objects as belong to them: ${problems.length} problems`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await swift.stop();
  }
}

async function storeOn(endpoint: string): Promise<S3Store> {
  const client = new S3({
    ...{ endpoint, region: "us-east-1", forcePathStyle: true },
    credentials: { ...SWIFT_KEYS },
  });
  await client.createBucket({ Bucket: BUCKET });
  const options = S3StoreOptions.parse({ kind: "s3", bucket: BUCKET, endpoint, ...SWIFT_KEYS });
  return new S3Store({ name: "swift", options, clock: systemClock, random: Math.random });
}

async function sendStream(store: S3Store, size: number): Promise<string[]> {
  const sent = createHash("sha256");
  const stored = await store.put("stream", generated(size, sent));
  const got = createHash("sha256");
  for await (const chunk of store.get("stream", { transient: true })) got.update(chunk);
  const problems = stored.size === size ? [] : [`${size} bytes were sent and ${stored.size} are there`];
  if (sent.digest("hex") !== got.digest("hex")) problems.push("what was read is not what was sent");
  const memory = process.resourceUsage().maxRSS * 1024;
  if (memory > MOST_MEMORY) problems.push(`memory went up to ${Math.round(memory / 2 ** 20)} MiB`);
  return problems;
}

/** In one buffer, each chunk another. */
async function* generated(size: number, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    chunk.fill(`${at} `);
    const part = chunk.subarray(0, Math.min(CHUNK_BYTES, size - at));
    hash.update(part);
    yield part;
  }
}

async function sendObjects(store: S3Store, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `stack/job/${String(index).padStart(6, "0")}`);
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => store.put(key, text(key))));
  }
  const listed: string[] = [];
  for await (const { key } of store.list("stack/")) listed.push(key);
  return listed.join() === keys.join()
    ? []
    : [`${listed.length} of ${count} objects are listed, or in disorder`];
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}
