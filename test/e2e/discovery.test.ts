/** Jobs that are made of directories, and jobs that only the stores still know. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { alertInbox } from "./alert-inbox.ts";
import { holdfast } from "./holdfast-process.ts";
import { testStack } from "./test-stack.ts";

/** A machine without a config file: only directories, and where they are. */
function bareMachine() {
  const root = mkdtempSync(join(tmpdir(), "holdfast-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const path = (...names: string[]) => join(root, ...names);
  const env = {
    HOLDFAST_SOURCE: path("source"),
    HOLDFAST_ARCHIVE: path("archive"),
    HOLDFAST_STATE: path("state"),
    COMPOSE_PROJECT_NAME: "shop",
  };
  mkdirSync(path("archive"));
  for (const volume of ["data", "uploads"]) {
    mkdirSync(path("source", volume, "folder"), { recursive: true });
    writeFileSync(path("source", volume, "folder", "file"), `content of ${volume}`);
  }
  return { path, run: (...args: string[]) => holdfast(args, { env }) };
}

interface Status {
  jobs: { name: string; lastRun: { outcome: string } | null; stores: { points: number }[] }[];
}

describe("without a config, a directory that is lost", () => {
  it("leaves its job in place: its runs fail and say what to do, the others go on", async () => {
    const { path, run } = bareMachine();
    expect((await run("backup")).exitCode).toBe(0);
    rmSync(path("source", "uploads"), { recursive: true });

    const backup = await run("backup");
    expect(backup.exitCode).toBe(1);
    expect(backup.stdout).toMatch(/^data: succeeded\./m);
    expect(backup.stdout).toMatch(
      /^uploads: failed\. Capturing .* does not exist; mount it again.*move shop\/uploads\/ out of every store/m,
    );
    const { jobs } = JSON.parse((await run("status", "--json")).stdout) as Status;
    expect(jobs.map(({ name }) => name)).toEqual(["data", "uploads"]);
    expect(jobs[1]).toMatchObject({ lastRun: { outcome: "failed" }, stores: [{ points: 1 }] });
    expect((await run("doctor")).exitCode).toBe(1);
  });

  it("is a job no more once its points are moved away, and one as before once it is back", async () => {
    const { path, run } = bareMachine();
    await run("backup");
    rmSync(path("source", "uploads"), { recursive: true });
    rmSync(path("archive", "shop", "uploads"), { recursive: true });
    expect((await run("backup")).exitCode).toBe(0);
    expect((await run("status")).stdout).not.toContain("uploads");
    mkdirSync(path("source", "uploads"));
    expect((await run("backup")).stdout).toMatch(/^uploads: succeeded\./m);
  });

  it("is still known when the store does not answer, from the history", async () => {
    const { path, run } = bareMachine();
    await run("backup");
    rmSync(path("source", "uploads"), { recursive: true });
    rmSync(path("archive"), { recursive: true });
    const { jobs } = JSON.parse((await run("status", "--json")).stdout) as Status;
    expect(jobs.map(({ name }) => name)).toEqual(["data", "uploads"]);
  });
});

describe("without a config and without any source", () => {
  it("what is in the archive can be read and restored; nothing can be backed up", async () => {
    const { path, run } = bareMachine();
    await run("backup", "data");
    const before = describeTree(path("source", "data"));
    rmSync(path("source"), { recursive: true });

    const list = await run("list", "data", "--json");
    expect(list.exitCode).toBe(0);
    const { points } = JSON.parse(list.stdout) as { points: { id: string }[] };
    const [{ id = "" } = {}] = points;
    expect((await run("list")).stdout).toContain(id);
    expect((await run("show", id)).stdout).toContain(id);
    expect((await run("ls", id, "folder")).stdout).toContain("folder/file");
    expect((await run("cat", id, "folder/file")).stdout).toBe("content of data");
    expect((await run("verify")).stdout).toContain(`data: ${id} in local: whole`);
    expect((await run("verify", "data")).exitCode).toBe(0);
    expect((await run("restore", "data", "--to", path("restored"))).exitCode).toBe(0);
    // Only the root's own times differ: the directory that was restored into is new.
    expect(Object.keys(describeTree(path("restored")))).toEqual(Object.keys(before));

    for (const verb of ["run", "backup"]) {
      const refused = await run(verb);
      expect(`${verb} ${refused.exitCode}`).toBe(`${verb} 2`);
      expect(refused.stderr).toContain("no directory in");
    }
  });
});

describe("a config file without jobs", () => {
  it("alerts of a directory that was lost while the daemon was down", async () => {
    const TOKEN = "a-token-for-tests";
    const inbox = await alertInbox();
    const stack = testStack({ jobs: {} });
    const sources = stack.path("sources");
    mkdirSync(join(sources, "data"), { recursive: true });
    mkdirSync(join(sources, "uploads"));
    const config = {
      stack: "test",
      state: stack.statePath,
      stores: { local: { kind: "local", path: stack.store() } },
      alerts: { channels: inbox.channels },
      http: { listen: "127.0.0.1:0", token: TOKEN },
    };
    writeFileSync(stack.configPath, JSON.stringify(config));
    stack.write({ file: "content" });
    stack.write({ file: "content" }, "uploads");
    const env = { HOLDFAST_SOURCE: sources };
    expect((await stack.runWith({ env }, "backup")).exitCode).toBe(0);
    rmSync(stack.source("uploads"), { recursive: true });

    const daemon = await stack.startDaemon({ env });
    expect(await daemon.runJob("uploads", TOKEN)).toBe("failed");
    expect(await inbox.next("run-failed", "firing")).toMatchObject({ job: "uploads" });
  });
});

describe("a job that was removed from the config", () => {
  it("can be listed, verified and restored; a name that nobody knows is refused with those that there are", async () => {
    const stack = testStack({ jobs: { data: {}, old: {} } });
    stack.write({ file: "content" }, "old");
    const id = await stack.backUp("old");
    stack.configure({ jobs: { data: {} } });

    expect((await stack.done("list", "old")).stdout).toContain(id);
    expect((await stack.done("verify", "old")).stdout).toContain("whole");
    expect((await stack.done("verify")).stdout).toContain(`old: ${id}`);
    await stack.done("verify", "--point", id);
    await stack.done("restore", "old", "--to", stack.path("restored"));
    for (const args of [
      ["list", "odl"],
      ["verify", "odl"],
      ["restore", "odl", "--to", stack.path("other")],
    ]) {
      const refused = await stack.run(...args);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain("name one of: data, old");
    }
    expect((await stack.run("backup", "old")).exitCode).toBe(2);
  });
});
