/** A stream of many GiB and many thousands of objects through a store on a real server of S3: nothing lost, memory bounded. */
import { S3 } from "@aws-sdk/client-s3";

import { systemClock } from "../../../src/observability/system-clock.ts";
import type { Store } from "../../../src/ports/store.ts";
import { S3StoreOptions } from "../../../src/stores/s3/options.ts";
import { S3Store } from "../../../src/stores/s3/s3-store.ts";
import { withParallelReads } from "../../../src/stores/with-parallel-reads.ts";
import { startSwift, SWIFT_KEYS } from "../../servers/swift.ts";
import { sendLarge } from "../large/send-large.ts";

const BUCKET = "backups";
/** Of the whole program, the SDK, its buffers and what its collector has not got to included: a tenth of what is sent. */
const MOST_MEMORY = 500 * 2 ** 20;
/** So few that most of the stream is pieces that the server puts together. */
const FEW_PARTS = 100;

export interface S3Torture {
  gibibytes: number;
  print: (line: string) => void;
}

export async function tortureS3({ gibibytes, print }: S3Torture): Promise<void> {
  const swift = await startSwift();
  try {
    await createBucket(swift.endpoint);
    const problems = [
      ...(await sendLarge(storeOn(swift.endpoint, { prefix: "parts" }), gibibytes)),
      ...(await sendLarge(
        storeOn(swift.endpoint, { prefix: "pieces", maxParts: FEW_PARTS }),
        gibibytes / 20,
      )),
    ];
    const memory = process.resourceUsage().maxRSS * 1024;
    if (memory > MOST_MEMORY) problems.push(`memory went up to ${Math.round(memory / 2 ** 20)} MiB`);
    for (const problem of problems) print(problem);
    print(
      `${gibibytes} GiB and as many objects as belong to them: ${problems.length} problems, ${Math.round(memory / 2 ** 20)} MiB of memory`,
    );
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await swift.stop();
  }
}

async function createBucket(endpoint: string): Promise<void> {
  const client = new S3({
    ...{ endpoint, region: "us-east-1", forcePathStyle: true },
    credentials: { ...SWIFT_KEYS },
  });
  await client.createBucket({ Bucket: BUCKET });
}

function storeOn(endpoint: string, more: Record<string, unknown>): Store {
  const options = S3StoreOptions.parse({ kind: "s3", bucket: BUCKET, endpoint, ...SWIFT_KEYS, ...more });
  const timing = { clock: systemClock, random: Math.random };
  return withParallelReads(new S3Store({ name: "swift", options, ...timing }), timing);
}
