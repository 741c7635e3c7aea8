/** The contract over SFTP, with OpenSSH as the server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { hasRclone, rcloneStore } from "../../../test/fakes/rclone-store.ts";
import { hasSshServer, SshServer } from "../../../test/fakes/ssh-server.ts";

describe.skipIf(!hasRclone || !hasSshServer)(
  "over SFTP (needs rclone and OpenSSH's server)",
  { timeout: 240_000 },
  () => {
    let server: SshServer;

    beforeAll(async () => {
      server = await SshServer.start();
    });

    afterAll(() => server.stop());

    describeStoreContract("the rclone store over SFTP", async () => {
      const path = mkdtempSync(join(tmpdir(), "holdfast-"));
      const store = rcloneStore({
        remote: `box:${path}`,
        configFile: server.rcloneConfig(),
        options: { "sftp-disable-hashcheck": true },
      });
      return {
        store,
        cleanUp: async () => {
          await store.close();
          rmSync(path, { recursive: true });
        },
      };
    });
  },
);
