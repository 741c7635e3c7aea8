import { expect } from "vitest";
import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { FakeGcs } from "../../../test/fakes/gcs/fake-gcs.ts";
import { storeOver } from "../../../test/fakes/gcs/gcs-store.ts";

describeStoreContract("a store in a bucket of Cloud Storage", async () => {
  const gcs = await FakeGcs.start();
  return {
    store: storeOver(gcs),
    cleanUp: async () => {
      await gcs.close();
      expect(gcs.violations).toEqual([]);
    },
  };
});

describeStoreContract("a store in a folder of a bucket", async () => {
  const gcs = await FakeGcs.start();
  return { store: storeOver(gcs, { options: { prefix: "backups/acme" } }), cleanUp: () => gcs.close() };
});
