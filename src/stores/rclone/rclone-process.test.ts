/** The program rclone as a child: how it is started, what it is told, and that it never stays behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBody, textOf } from "../../../test/contract/bytes.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { hasRclone, rcloneStore } from "../../../test/fakes/rclone-store.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { canMount, makeReadOnly, MOUNTS_NEEDED, mountTmpfs } from "../../../test/fakes/tmpfs.ts";
import { systemProcessTable } from "../../observability/process-identity.ts";

const ENDLESS_PUT = fileURLToPath(new URL("../../../test/fakes/endless-rclone-put.ts", import.meta.url));

/** Pids of the rclones that a process has started. */
function rclonesOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean);
  return children.map(Number).filter((child) => commandOf(child).startsWith("rclone\0"));
}

function commandOf(pid: number): string {
  return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
}

async function gone(pid: number): Promise<void> {
  while (commandOf(pid) !== "") await new Promise((resolve) => setImmediate(resolve));
}

async function reaped(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setImmediate(resolve));
}

describe.skipIf(!hasRclone)("rclone as a child (needs rclone)", { timeout: 120_000 }, () => {
  it("ends with the process that started it, also when that is killed; what it wrote is a leftover", async () => {
    const root = temporaryDirectory();
    const child = spawn(process.execPath, [ENDLESS_PUT, root, "stack/job/object"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const [rclone = 0] = rclonesOf(child.pid ?? 0);
    expect(commandOf(rclone)).toContain("rclone");
    child.kill("SIGKILL");
    await once(child, "exit");
    await gone(rclone);

    const store = rcloneStore({ remote: root, processes: systemProcessTable() });
    expect(await keysOf(store)).toEqual([]);
    const left = readdirSync(join(root, "stack/job")).length;
    expect(await store.removeLeftovers("other/")).toBe(0);
    expect(await store.removeLeftovers("stack/")).toBe(left);
    expect(readdirSync(join(root, "stack"))).toEqual([]);
    await store.close();
  });

  it("is started anew when it was killed: the put that it was busy with fails, the next one does not", async () => {
    const root = temporaryDirectory();
    const store = rcloneStore({ remote: root });
    const before = new Set(rclonesOf(process.pid));
    async function* killing() {
      yield* patternBody(2_000_000, [300_000]);
      const [mine = 0] = rclonesOf(process.pid).filter((pid) => !before.has(pid));
      process.kill(mine, "SIGKILL");
      await reaped(mine);
      yield* patternBody(20_000_000, [300_000]);
    }
    await expect(store.put("stack/object", killing())).rejects.toMatchObject({
      code: "store",
      transient: true,
    });
    expect(await keysOf(store)).toEqual([]);
    await store.put("stack/object", bodyOf("again"));
    expect(await textOf(store.get("stack/object"))).toBe("again");
    await store.removeLeftovers("");
    expect(readdirSync(join(root, "stack"))).toEqual(["object"]);
    await store.close();
  });

  it("ends when it has been idle for a minute, and is there again for the next object", async () => {
    const clock = new FakeClock();
    const store = rcloneStore({ remote: temporaryDirectory(), clock });
    const before = new Set(rclonesOf(process.pid));
    await store.put("stack/object", bodyOf("x"));
    const [rclone = 0] = rclonesOf(process.pid).filter((pid) => !before.has(pid));
    expect(rclone).not.toBe(0);
    await clock.advance(59_000);
    expect(commandOf(rclone)).not.toBe("");
    await clock.advance(2_000);
    await gone(rclone);
    expect(await textOf(store.get("stack/object"))).toBe("x");
    await store.close();
  });

  it("says so when it is not installed, and what it says itself when it does not like an option", async () => {
    const remote = temporaryDirectory();
    const missing = keysOf(rcloneStore({ remote, binary: "no-such-rclone" }));
    await expect(missing).rejects.toMatchObject({ code: "store", transient: false });
    await expect(missing).rejects.toThrow("no-such-rclone cannot be started");
    const mistyped = keysOf(rcloneStore({ remote, options: { "sftp-conurrency": 4 } }));
    await expect(mistyped).rejects.toThrow("unknown flag: --sftp-conurrency");
  });

  it("is not started with a variable that would hide objects", async () => {
    const environment = { ...process.env, RCLONE_EXCLUDE: "*.json" };
    const failure = keysOf(rcloneStore({ remote: temporaryDirectory(), environment }));
    await expect(failure).rejects.toThrow("RCLONE_EXCLUDE would change which objects rclone sees");
  });

  it("knows remotes from variables alone, and says when it does not know one", async () => {
    const environment = {
      ...process.env,
      RCLONE_CONFIG_BOX_TYPE: "alias",
      RCLONE_CONFIG_BOX_REMOTE: temporaryDirectory(),
    };
    const store = rcloneStore({ remote: "box:", environment });
    await store.put("stack/object", bodyOf("x"));
    expect(await keysOf(store)).toEqual(["stack/object"]);
    await store.close();
    const unknown = keysOf(rcloneStore({ remote: "bax:", environment }));
    await expect(unknown).rejects.toThrow("check the name of the remote");
  });

  it("names a config file that is missing", async () => {
    const failure = keysOf(rcloneStore({ remote: "box:", configFile: "/nowhere/rclone.conf" }));
    await expect(failure).rejects.toThrow("/nowhere/rclone.conf cannot be read; mount it there");
  });

  it.skipIf(!canMount())(`is lent a copy of a config that it cannot change (${MOUNTS_NEEDED})`, async () => {
    const directory = temporaryDirectory();
    const secrets = join(directory, "secrets");
    mountTmpfs(secrets);
    const configFile = join(secrets, "rclone.conf");
    mkdirSync(join(directory, "archive"));
    writeFileSync(configFile, `[box]\ntype = alias\nremote = ${directory}/archive\n`);
    chmodSync(configFile, 0o400);
    makeReadOnly(secrets);
    const copies = () =>
      readdirSync("/dev/shm").filter((name) => name.startsWith(`holdfast-rclone-${process.pid}-`));
    const before = copies();
    const store = rcloneStore({ remote: "box:", configFile });
    await store.put("stack/object", bodyOf("x"));
    expect(copies().filter((name) => !before.includes(name))).toEqual([]);
    expect(readdirSync(join(directory, "archive"))).toEqual(["stack"]);
    await store.close();
  });
});
