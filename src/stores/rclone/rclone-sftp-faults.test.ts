/** What goes wrong with a server: it dies, stalls, is full, or is not the one that was meant. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBody, textOf } from "../../../test/contract/bytes.ts";
import { hasRclone, rcloneStore } from "../../../test/fakes/rclone-store.ts";
import { hasSshServer, SshServer } from "../../../test/fakes/ssh-server.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { canMount, mountTmpfs, MOUNTS_NEEDED } from "../../../test/fakes/tmpfs.ts";
import type { RcloneStore, RcloneStoreContext } from "./rclone-store.ts";

const MIB = 1024 * 1024;

describe.skipIf(!hasRclone || !hasSshServer)(
  "over SFTP (needs rclone and OpenSSH's server)",
  { timeout: 120_000 },
  () => {
    let server: SshServer;
    let root: string;
    const stores: RcloneStore[] = [];

    beforeAll(async () => {
      server = await SshServer.start();
    });

    afterAll(() => server.stop());

    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), "holdfast-"));
    });

    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
      rmSync(root, { recursive: true });
      server.comeUp();
    });

    const storeOf = (
      config: Record<string, string> = {},
      options: Partial<RcloneStoreContext> = {},
    ): RcloneStore => {
      const store = rcloneStore({
        remote: `box:${root}`,
        configFile: server.rcloneConfig(config),
        ...options,
      });
      stores.push(store);
      return store;
    };

    it("fails a put whose server dies in mid-stream, shows nothing of it, and cleans up when the server is back", async () => {
      const store = storeOf();
      async function* interrupted() {
        // More than rclone holds in memory: some of it has arrived.
        yield* patternBody(30 * MIB, [1_000_000]);
        server.goDown();
        yield* patternBody(30 * MIB, [1_000_000]);
      }
      const failure = store.put("stack/job/object", interrupted());
      await expect(failure).rejects.toMatchObject({ code: "store", transient: true });
      expect(readdirSync(join(root, "stack/job")).length).toBe(1);

      server.comeUp();
      expect(await keysOf(store)).toEqual([]);
      expect(await store.removeLeftovers("stack/")).toBe(1);
      expect(readdirSync(root)).toEqual(["stack"]);
      expect(readdirSync(join(root, "stack"))).toEqual([]);
      await store.put("stack/job/object", bodyOf("second try"));
      expect(await textOf(store.get("stack/job/object"))).toBe("second try");
    });

    it("fails a read whose server dies in mid-stream: it never just ends early", async () => {
      const store = storeOf();
      await store.put("stack/object", patternBody(40 * MIB, [1_000_000]));
      const reading = (async () => {
        for await (const chunk of store.get("stack/object")) if (chunk.byteLength > 0) server.goDown();
      })();
      await expect(reading).rejects.toMatchObject({ code: "store" });
    });

    it("leaves at once when it is cancelled while nothing arrives any more", async () => {
      const store = storeOf();
      const cancelling = new AbortController();
      async function* stalling() {
        yield* patternBody(MIB, [300_000]);
        server.stall();
        setImmediate(() => cancelling.abort());
        yield* patternBody(60 * MIB, [1_000_000]);
      }
      const put = store.put("stack/object", stalling(), { signal: cancelling.signal });
      await expect(put).rejects.toMatchObject({ code: "cancelled" });
    });

    it("says that the server cannot be reached, and that it may be later", async () => {
      server.goDown();
      const failure = storeOf().put("stack/object", bodyOf("x"));
      await expect(failure).rejects.toMatchObject({ code: "store", transient: true });
      await expect(failure).rejects.toThrow("check that the server runs and can be reached");
    });

    it("names a wrong password", async () => {
      const pass = execFileSync("rclone", ["obscure", "not the password"], { encoding: "utf8" }).trim();
      const failure = keysOf(storeOf({ key_file: "", pass }));
      await expect(failure).rejects.toMatchObject({ code: "store", transient: false });
      await expect(failure).rejects.toThrow("check the user, the password or key");
    });

    it("names a key that the server does not know", async () => {
      const failure = keysOf(storeOf({ key_file: server.strangersKey }));
      await expect(failure).rejects.toMatchObject({ code: "store", transient: false });
      await expect(failure).rejects.toThrow("check the user, the password or key");
    });

    it("goes to no server whose host key it does not know, or whose host key is another one", async () => {
      const unknown = keysOf(storeOf({ known_hosts_file: server.knownHosts("none") }));
      await expect(unknown).rejects.toMatchObject({ code: "store", transient: false });
      await expect(unknown).rejects.toThrow("add the server's host key to known_hosts_file");
      const another = keysOf(storeOf({ known_hosts_file: server.knownHosts("other") }));
      await expect(another).rejects.toMatchObject({ code: "store", transient: false });
      await expect(another).rejects.toThrow("find out why before you change it");
    });

    it("warns of a server whose host key is not checked", async () => {
      expect(await storeOf().inspect()).toEqual([]);
      const [warning] = await storeOf({ known_hosts_file: "" }).inspect();
      expect(warning).toMatch(/host key .* is not checked.*set known_hosts_file for the remote box/);
    });

    it("takes a folder that is not there for a disk that is not mounted, and does not make it", async () => {
      const store = storeOf({}, { remote: `box:${root}/not-mounted` });
      await expect(keysOf(store)).rejects.toThrow("and that its disk is mounted there");
      await expect(store.put("stack/object", bodyOf("x"))).rejects.toMatchObject({ code: "store" });
      expect(readdirSync(root)).toEqual([]);
    });

    it("finds a version that was cut off before it had its name, and gives it that", async () => {
      const store = storeOf();
      mkdirSync(join(root, "stack/.locks"), { recursive: true });
      writeFileSync(join(root, "stack/.locks/.holdfast-new-a.json"), "the new version");
      expect(await keysOf(store)).toEqual(["stack/.locks/a.json"]);
      expect(await textOf(store.get("stack/.locks/a.json"))).toBe("the new version");
      await expect(store.put("stack/.locks/a.json", bodyOf("x"))).rejects.toMatchObject({
        code: "already-exists",
      });
      await store.put("stack/.locks/a.json", bodyOf("newer"), { replace: true });
      expect(await textOf(store.get("stack/.locks/a.json"))).toBe("newer");
      await store.delete("stack/.locks/a.json");
      expect(await keysOf(store)).toEqual([]);
    });

    it.skipIf(!canMount())(
      `says no-space when the disk is full, and leaves nothing (${MOUNTS_NEEDED})`,
      async () => {
        const small = join(temporaryDirectory(), "small");
        mountTmpfs(small, "4m");
        const store = storeOf({}, { remote: `box:${small}` });
        const failure = store.put("stack/job/big", patternBody(10 * MIB, [700_001]));
        await expect(failure).rejects.toMatchObject({ code: "no-space" });
        expect(await keysOf(store)).toEqual([]);
        expect(await store.removeLeftovers("stack/")).toBe(0);
        await store.put("stack/job/small", patternBody(2 * MIB, [700_001]));
        expect((await store.space())?.freeBytes).toBeLessThan(2.1 * MIB);
        await store.close();
      },
    );
  },
);
