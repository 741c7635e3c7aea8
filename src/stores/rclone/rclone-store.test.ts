/** The cheapest remote: a directory of this machine, reached through rclone. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { hasRclone, rcloneStore } from "../../../test/fakes/rclone-store.ts";

describe.skipIf(!hasRclone)("over a directory (needs rclone)", () => {
  describeStoreContract("the rclone store over a directory", async () => {
    const path = await mkdtemp(join(tmpdir(), "holdfast-"));
    const store = rcloneStore({ remote: path });
    return {
      store,
      cleanUp: async () => {
        await store.close();
        await rm(path, { recursive: true });
      },
    };
  });
});
