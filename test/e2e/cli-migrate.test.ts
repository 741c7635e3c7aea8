/** From docker-volume-backup: the config that is printed backs up the same files, and its old archives stay restorable. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { holdfast } from "./holdfast-process.ts";

/** A service that keeps its archives in a directory, with an archive as it makes them. */
function offenStack() {
  const root = temporaryDirectory();
  const at = (...names: string[]) => join(root, ...names);
  for (const folder of ["backup/app", "backup/uploads", "archive", "state"])
    mkdirSync(at(folder), { recursive: true });
  const files = {
    "backup/app/db.json": "{}",
    "backup/app/app.log": "noise",
    "backup/uploads/a b.png": "picture",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
  const old = at("archive", "backup-2026-11-20T04-00-00.tar.gz");
  execFileSync("tar", ["-C", root, "--exclude=*.log", "-czf", old, "backup"]);
  const environment = {
    BACKUP_SOURCES: at("backup"),
    BACKUP_ARCHIVE: at("archive"),
    BACKUP_EXCLUDE_REGEXP: "\\.log$",
  };
  const volumes = [
    `app:${at("backup/app")}:ro`,
    `uploads:${at("backup/uploads")}:ro`,
    `./archive:${at("archive")}`,
  ];
  const backup = { image: "offen/docker-volume-backup:v2", environment, volumes };
  writeFileSync(at("compose.yml"), JSON.stringify({ name: "shop", services: { backup } }));
  return { at, old };
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

describe("a service of docker-volume-backup", () => {
  it("is migrated to a config that is accepted, and backs up the very files of its archive", async () => {
    const { at, old } = offenStack();
    const migrated = await holdfast(["migrate", "offen", at("compose.yml")]);
    expect(migrated.stderr).toContain("2 jobs of 1 service.");
    writeFileSync(at("holdfast.yml"), migrated.stdout);
    const ours = (...args: string[]) =>
      holdfast(["--config", at("holdfast.yml"), "--state", at("state"), ...args]);
    expect((await ours("config", "check")).stdout).toContain("is good: stack shop, 2 jobs, 1 store.");
    expect((await ours("backup")).exitCode).toBe(0);
    for (const job of ["app", "uploads"]) {
      expect((await ours("restore", job, "--to", at("ours", "backup", job))).exitCode).toBe(0);
    }
    const theirs = await holdfast(["restore", "--archive", old, "--to", at("theirs")]);
    expect(theirs.exitCode).toBe(0);
    expect(filesBelow(at("ours"))).toEqual(["backup/app/db.json", "backup/uploads/a b.png"]);
    expect(filesBelow(at("theirs"))).toEqual(filesBelow(at("ours")));
    for (const file of filesBelow(at("ours"))) {
      expect(readFileSync(at("ours", file))).toEqual(readFileSync(at("theirs", file)));
    }
    expect((await ours("prune")).exitCode).toBe(0);
    expect(readdirSync(at("archive"))).toContain("backup-2026-11-20T04-00-00.tar.gz");
  });

  it("has its archives listed, each with the command that restores it", async () => {
    const { at, old } = offenStack();
    writeFileSync(at("archive", "backup-2026-11-21T04-00-00.tar.zst.age"), "sealed");
    const { stdout, exitCode } = await holdfast(["migrate", "archives", at("archive")]);
    expect(exitCode).toBe(0);
    const [, newest, oldest] = stdout.split("\n");
    expect(newest).toContain("2026-11-21 04:00 UTC");
    expect(newest).toContain("age --decrypt");
    expect(oldest).toContain(`holdfast restore --archive ${old} --to DIRECTORY`);
    const json = await holdfast(["--json", "migrate", "archives", at("archive")]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      archives: [{ encryption: "age" }, { encryption: null }],
    });
  });

  it("is not found in a file without one: that is said in a sentence", async () => {
    const { at } = offenStack();
    writeFileSync(at("other.yml"), "services: { web: { image: nginx } }\n");
    const { stderr, exitCode } = await holdfast(["migrate", "offen", at("other.yml")]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("no service runs an image named docker-volume-backup");
    expect((await holdfast(["migrate", "offen", at("nowhere.yml")])).exitCode).toBe(2);
    expect((await holdfast(["migrate", "archives", at("nowhere")])).exitCode).toBe(2);
  });
});
