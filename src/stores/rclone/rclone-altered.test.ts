/** A server that keeps other bytes than it was sent. */
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { keysOf, patternBody } from "../../../test/contract/bytes.ts";
import { hasRclone, rcloneStore } from "../../../test/fakes/rclone-store.ts";
import { hasSshServer, SshServer } from "../../../test/fakes/ssh-server.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";

const MIB = 1024 * 1024;

describe.skipIf(!hasRclone || !hasSshServer)(
  "over SFTP (needs rclone and OpenSSH's server)",
  { timeout: 120_000 },
  () => {
    let server: SshServer;

    beforeAll(async () => {
      server = await SshServer.start();
    });

    afterAll(() => server.stop());

    it("reports no success where the server's digest is not that of what was sent, and leaves nothing", async () => {
      const root = temporaryDirectory();
      // What the account's shell runs for a digest: here, right after the disk has lost a byte.
      const digest = join(temporaryDirectory(), "digest");
      const lose = 'printf x | dd of="$1" bs=1 seek=1000 conv=notrunc 2>/dev/null';
      writeFileSync(digest, `#!/bin/sh\n[ -n "$1" ] && ${lose}\nexec md5sum "$@"\n`);
      chmodSync(digest, 0o755);
      const config = { shell_type: "unix", md5sum_command: digest, sha1sum_command: "none" };
      const store = rcloneStore({ remote: `box:${root}`, configFile: server.rcloneConfig(config) });
      onTestFinished(() => store.close());

      const put = store.put("stack/object", patternBody(3 * MIB, [700_001]));
      await expect(put).rejects.toThrow(/corrupted on transfer.*; should it happen again, do not trust/s);
      await expect(put).rejects.toMatchObject({ code: "store", transient: true });
      expect(await keysOf(store)).toEqual([]);
      expect(readdirSync(join(root, "stack"))).toEqual([]);
    });
  },
);
