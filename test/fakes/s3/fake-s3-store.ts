/** A store on a fake S3. */
import { S3StoreOptions } from "../../../src/stores/s3/options.ts";
import { S3Store, type S3StoreSettings } from "../../../src/stores/s3/s3-store.ts";
import { HastyClock } from "../hasty-clock.ts";
import { FAKE_KEYS, FAKE_REGION, type FakeS3 } from "./fake-s3.ts";

export function storeOn(
  fake: FakeS3,
  options: Record<string, unknown> = {},
  settings: Partial<S3StoreSettings> = {},
): S3Store {
  return new S3Store({
    name: "offsite",
    options: S3StoreOptions.parse({
      ...{ kind: "s3", bucket: fake.bucketName, endpoint: fake.endpoint, region: FAKE_REGION },
      ...{ ...FAKE_KEYS, partSize: "5MiB", ...options },
    }),
    clock: new HastyClock(Date.now()),
    random: () => 0.5,
    ...settings,
  });
}
