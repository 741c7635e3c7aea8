/** The contract over WebDAV. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { describeStoreContract } from "../../../test/contract/store-contract.ts";
import { hasRclone, rcloneStore } from "../../../test/fakes/rclone-store.ts";
import { WebdavServer } from "../../../test/fakes/webdav-server.ts";

describe.skipIf(!hasRclone)("over WebDAV (needs rclone)", { timeout: 240_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-"));
  let server: WebdavServer;
  let count = 0;

  beforeAll(async () => {
    mkdirSync(join(directory, "served"));
    server = await WebdavServer.start(join(directory, "served"));
  });

  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  const makeStore = async () => {
    const folder = `store-${count++}`;
    mkdirSync(join(directory, "served", folder));
    const store = rcloneStore({ remote: `box:${folder}`, configFile: server.rcloneConfig(directory) });
    return { store, cleanUp: () => store.close() };
  };

  // The server reads a folder anew for each object that is put into it.
  describeStoreContract("the rclone store over WebDAV", makeStore, { many: 100 });
});
