import { afterAll, beforeAll, describe } from "vitest";
import { randomUUID } from "node:crypto";
import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { FakeS3, type FakeS3Settings } from "../../../test/fakes/s3/fake-s3.ts";
import { storeOn } from "../../../test/fakes/s3/fake-s3-store.ts";

function describeContractOn(name: string, settings: Partial<FakeS3Settings>): void {
  describe(name, () => {
    let fake: FakeS3;

    beforeAll(async () => {
      fake = await FakeS3.start(settings);
    });

    afterAll(() => fake.stop());

    describeStoreContract(`an S3 store on ${name}`, async () => ({
      store: storeOn(fake, { prefix: `tests/${randomUUID()}` }, { pageSize: 300 }),
    }));
  });
}

describeContractOn("a server that keeps conditions", { conditions: "kept" });
describeContractOn("a server that ignores conditions", { conditions: "ignored" });
