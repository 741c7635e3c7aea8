/** Against a real server, which does not know conditional writes: OpenStack Swift. */
import { randomUUID } from "node:crypto";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keysOf, patternBody, sha256Of } from "../../../test/contract/bytes.ts";
import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { HastyClock } from "../../../test/fakes/hasty-clock.ts";
import { startSwift, SWIFT_KEYS, swiftIsMissing, type RunningSwift } from "../../../test/servers/swift.ts";
import { S3StoreOptions } from "./options.ts";
import { S3Store } from "./s3-store.ts";

const BUCKET = "backups";

describe.skipIf(swiftIsMissing !== undefined)("on OpenStack Swift", () => {
  let swift: RunningSwift;

  beforeAll(async () => {
    swift = await startSwift();
    const client = new S3({
      ...{
        endpoint: swift.endpoint,
        region: "us-east-1",
        forcePathStyle: true,
        credentials: { ...SWIFT_KEYS },
      },
      requestChecksumCalculation: "WHEN_REQUIRED",
    });
    await client.createBucket({ Bucket: BUCKET });
    client.destroy();
  });

  afterAll(() => swift.stop());

  function makeStore(more: Record<string, unknown> = {}): S3Store {
    const options = S3StoreOptions.parse({
      ...{ kind: "s3", bucket: BUCKET, endpoint: swift.endpoint, ...SWIFT_KEYS },
      ...{ prefix: `tests/${randomUUID()}`, partSize: "5MiB", ...more },
    });
    return new S3Store({
      name: "swift",
      options,
      clock: new HastyClock(Date.now()),
      random: Math.random,
      pageSize: 25,
    });
  }

  describeStoreContract("an S3 store on Swift", async () => ({ store: makeStore() }), { many: 60 });

  it("puts an object together of pieces that are gone afterwards", async () => {
    const size = 38 * 2 ** 20 + 5;
    const store = makeStore({ maxParts: 4 });
    await store.put("stack/a job +100%/big", patternBody(size, [1_000_003]));
    const digest = await sha256Of(store.get("stack/a job +100%/big"));
    expect(digest).toBe(await sha256Of(patternBody(size, [2 ** 20])));
    expect(await keysOf(store)).toEqual(["stack/a job +100%/big"]);
  });
});
