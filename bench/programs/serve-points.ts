/**
 * `serve-points.ts gcs|s3 COUNT`: a server on loopback with so many recovery points of one stack, of which only what a listing looks at is
 * there. Prints its store's options, and ends when its standard input does.
 */
import { FakeGcs } from "../../test/fakes/gcs/fake-gcs.ts";
import { contentOf } from "../../test/fakes/gcs/fake-bucket.ts";
import { FAKE_KEYS, FAKE_REGION, FakeS3 } from "../../test/fakes/s3/fake-s3.ts";
import { pointObjects } from "../data/points.ts";

const [kind, count] = process.argv.slice(2);

if (kind === "gcs") {
  const gcs = await FakeGcs.start();
  for (const [key, text] of pointObjects(Number(count))) {
    gcs.bucket.create(key, contentOf(Buffer.from(text)), { name: key });
  }
  print({ kind, bucket: gcs.bucket.name, endpoint: gcs.url });
  process.stdin.resume().on("end", () => void gcs.close());
} else {
  const s3 = await FakeS3.start();
  for (const [key, text] of pointObjects(Number(count))) {
    s3.bucket.put(key, { bytes: Buffer.from(text), modifiedAt: Date.now(), headers: {} });
  }
  print({ kind: "s3", bucket: s3.bucketName, endpoint: s3.endpoint, region: FAKE_REGION, ...FAKE_KEYS });
  process.stdin.resume().on("end", () => void s3.stop());
}

function print(options: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(options)}\n`);
}
