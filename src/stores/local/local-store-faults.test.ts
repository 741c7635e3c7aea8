/** What only a store on a file system can meet: kills, full disks, missing mounts, foreign files. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBody, textOf } from "../../../test/contract/bytes.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { systemProcessTable } from "../../observability/process-identity.ts";
import { LocalStore } from "./local-store.ts";
import { tempName } from "../temp-name.ts";

const ENDLESS_PUT = fileURLToPath(new URL("../../../test/fakes/endless-put.ts", import.meta.url));
const HOUR_MS = 3_600_000;

let root: string;
let store: LocalStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "holdfast-"));
  store = new LocalStore({ name: "local", path: root, processes: systemProcessTable() });
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function startEndlessPut(key: string) {
  const child = spawn(process.execPath, [ENDLESS_PUT, root, key], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

const folderOf = (...segments: string[]) => join(root, ...segments);
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("a local store whose writer is killed", () => {
  it("never shows the unfinished object, and removes what it left once the writer is dead", async () => {
    const writer = await startEndlessPut("stack/job/point/archive");
    await store.put("stack/job/other/object", bodyOf("stays"));
    expect(await keysOf(store)).toEqual(["stack/job/other/object"]);
    expect(await store.removeLeftovers("stack/")).toBe(0);
    expect(await readdir(folderOf("stack/job/point"))).toHaveLength(1);

    await writer.kill();
    expect(await readdir(folderOf("stack/job/point"))).toHaveLength(1);
    expect(await keysOf(store)).toEqual(["stack/job/other/object"]);
    expect(await store.stat("stack/job/point/archive")).toBeUndefined();
    expect(await store.removeLeftovers("another-stack/")).toBe(0);
    expect(await store.removeLeftovers("stack/")).toBe(1);
    expect(await readdir(folderOf("stack/job"))).toEqual(["other"]);
    await store.put("stack/job/point/archive", bodyOf("second try"));
  });

  it("removes what a writer of another machine left, once it has been quiet for long enough", async () => {
    const elsewhere = new FakeMachine("elsewhere").startProcess();
    await store.put("stack/job/object", bodyOf("stays"));
    const leftover = folderOf("stack/job", tempName(elsewhere.self));
    await writeFile(leftover, "unfinished");
    expect(await keysOf(store)).toEqual(["stack/job/object"]);
    expect(await store.removeLeftovers("stack/")).toBe(0);
    const longAgo = new Date((await stat(leftover)).mtimeMs - HOUR_MS);
    await utimes(leftover, longAgo, longAgo);
    expect(await store.removeLeftovers("stack/")).toBe(1);
    expect(await readdir(folderOf("stack/job"))).toEqual(["object"]);
    expect(await readdir(root)).toEqual(["stack"]);
  });

  it("removes the empty folders of a writer that was killed before it opened its file", async () => {
    await mkdir(folderOf("stack/job/point"), { recursive: true });
    await store.put("stack/job/other/object", bodyOf("stays"));
    await store.removeLeftovers("stack/");
    expect(await readdir(folderOf("stack/job"))).toEqual(["other"]);
  });

  it("refuses keys that look like unfinished objects, which no list would show", async () => {
    const key = `stack/${tempName(systemProcessTable().self)}`;
    await expect(store.put(key, bodyOf("x"))).rejects.toMatchObject({ code: "internal" });
  });
});

describe("a local store on a full disk", () => {
  const isRoot = process.getuid?.() === 0;
  const mounted = (path: string) =>
    isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "holdfast-test", path]).status === 0;

  it("says no-space with the path and the free bytes, leaves nothing, and goes on once there is room", async (test) => {
    if (!mounted(root)) return test.skip("mounting a small file system needs root");
    try {
      const failure = store.put("stack/job/big", patternBody(10 * 1024 * 1024, [700_001]));
      await expect(failure).rejects.toMatchObject({ code: "no-space" });
      await expect(failure).rejects.toThrow(new RegExp(`${root} is full \\(\\d+ of \\d+ bytes are free\\)`));
      expect(await readdir(root)).toEqual([]);
      await store.put("stack/job/small", patternBody(3 * 1024 * 1024, [700_001]));
      expect(await keysOf(store)).toEqual(["stack/job/small"]);
      expect((await store.space()).freeBytes).toBeLessThan(1.1 * 1024 * 1024);
    } finally {
      spawnSync("umount", [root]);
    }
  });
});

describe("a local store whose directory is missing", () => {
  it("says so by name in every method, and does not make it: a missing mount must not look like an empty store", async () => {
    const missing = join(root, "not-mounted");
    const unmounted = new LocalStore({ name: "local", path: missing, processes: systemProcessTable() });
    const attempts = [
      () => unmounted.put("stack/object", bodyOf("x")),
      () => textOf(unmounted.get("stack/object")),
      () => unmounted.stat("stack/object"),
      () => keysOf(unmounted, "stack/"),
      () => unmounted.delete("stack/object"),
      () => unmounted.removeLeftovers("stack/"),
      () => unmounted.space(),
    ];
    for (const attempt of attempts) {
      const failure = attempt();
      await expect(failure).rejects.toMatchObject({ code: "store" });
      await expect(failure).rejects.toThrow(
        `${missing} does not exist; check that the volume or disk is mounted`,
      );
    }
    expect(await readdir(root)).toEqual([]);
  });
});

describe("the files of a local store", () => {
  it("are for their owner only, and so are the folders", async () => {
    await chmod(root, 0o755);
    await store.put("stack/job/object", bodyOf("secret"));
    expect(await modeOf(folderOf("stack/job/object"))).toBe(0o600);
    expect(await modeOf(folderOf("stack"))).toBe(0o700);
    expect(await modeOf(folderOf("stack/job"))).toBe(0o700);
    expect(await modeOf(root)).toBe(0o755);
  });

  it("take their empty folders with them when they are deleted, up to the store's own directory", async () => {
    await store.put("stack/job/point/object", bodyOf("x"));
    await store.put("stack/other/object", bodyOf("x"));
    await store.delete("stack/job/point/object");
    expect(await readdir(folderOf("stack"))).toEqual(["other"]);
    await store.delete("stack/other/object");
    expect(await readdir(root)).toEqual([]);
  });

  it("cannot be a file and a folder: that is an error, never a lost object", async () => {
    await store.put("stack/object", bodyOf("x"));
    await expect(store.put("stack/object/below", bodyOf("x"))).rejects.toMatchObject({ code: "store" });
    await expect(store.put("stack", bodyOf("x"))).rejects.toMatchObject({ code: "store" });
    await expect(store.put("stack", bodyOf("x"), { replace: true })).rejects.toMatchObject({ code: "store" });
    expect(await keysOf(store)).toEqual(["stack/object"]);
  });

  it("are never reached through a symbolic link", async () => {
    const outside = await mkdtemp(join(tmpdir(), "holdfast-"));
    await writeFile(join(outside, "secret"), "not ours");
    await store.put("stack/object", bodyOf("x"));
    await symlink(join(outside, "secret"), folderOf("stack/link"));
    await expect(textOf(store.get("stack/link"))).rejects.toMatchObject({ code: "not-found" });
    expect(await store.stat("stack/link")).toBeUndefined();
    await expect(store.put("stack/link", bodyOf("x"))).rejects.toMatchObject({ code: "already-exists" });
    await expect(keysOf(store, "stack/")).rejects.toThrow("stack/link is a symbolic link");
    await rm(outside, { recursive: true });
  });

  it("report damage when they end before they should", async () => {
    await store.put("stack/object", patternBody(3 * 1024 * 1024, [1_000_000]));
    const reading = (async () => {
      for await (const chunk of store.get("stack/object")) {
        if (chunk.byteLength > 0) await truncate(folderOf("stack/object"), 10);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "damaged" });
  });
});
