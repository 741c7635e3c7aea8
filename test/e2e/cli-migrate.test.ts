/** From docker-volume-backup: the config that is printed backs up the same files, and its old archives stay restorable. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { migrateOffen } from "../../src/config/offen/migrate-offen.ts";
import { printDraft } from "../../src/config/offen/print-draft.ts";
import { describeTree } from "../fakes/captured-volume.ts";
import { offenRecipes } from "../fakes/offen-recipes.ts";
import { runTool, stockTools } from "../fakes/stock-tools.ts";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";
import { holdfast } from "./holdfast-process.ts";

const gpg = stockTools("gpg");

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

interface MadeConfig {
  jobs: Record<string, { source: { path: string; exclude?: string[] } }>;
}

/** The jobs that the recipes become, of sources below `root` and in one store; what they do beside that no engine is there for. */
function jobsOfRecipes(root: string) {
  return [...offenRecipes].flatMap(([name, { text, leavesOut }], at) => {
    const { draft } = migrateOffen({
      ...{ text, path: "/srv/shop/compose.yml", readFile: () => undefined, listFiles: () => [] },
    });
    const { jobs } = parse(printDraft(draft, name)) as MadeConfig;
    return Object.entries(jobs).map(([job, { source }]) => ({
      name: `r${at}-${job}`,
      ...{ path: source.path, leavesOut },
      config: { source: { ...source, path: join(root, source.path) } },
    }));
  });
}

/** What the archive of docker-volume-backup would hold: every path that the expression is not found in, and no more of it. */
function asTheyWould(root: string, path: string, leavesOut: RegExp | undefined): Map<string, string> {
  const target = join(temporaryDirectory(), "theirs");
  mkdirSync(target);
  const below = readdirSync(join(root, path), { recursive: true, encoding: "utf8" });
  const paths = [path, ...below.map((name) => `${path}/${name}`)].filter(
    (each) => leavesOut?.test(each) !== true,
  );
  const input = paths.map((each) => each.slice(1)).join("\n");
  const archive = execFileSync("tar", ["-C", root, "--no-recursion", "-cf", "-", "-T", "-"], { input });
  execFileSync("tar", ["-C", target, "-xpf", "-"], { input: archive });
  return treeOf(join(target, path));
}

/** But for times, which their archives hold in whole seconds, and not of directories that something is unpacked into. */
function treeOf(root: string): Map<string, string> {
  return new Map([...describeTree(root)].map(([name, facts]) => [name, facts.replace(/ \d{19}\b/, "")]));
}

it("the configs of docker-volume-backup's recipes back up the very files that their archives would hold", async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, "archive"));
  for (const source of ["my-app", "one", "two"]) {
    const at = (...names: string[]) => join(root, "backup", source, ...names);
    for (const folder of ["cache/deep", "more of it/.hidden", "empty"])
      mkdirSync(at(folder), { recursive: true });
    for (const name of [
      "a.txt",
      "a.log",
      "x.tmp",
      "logs",
      "cache/c",
      "cache/deep/d.log",
      "more of it/.hidden/ž",
    ])
      writeFileSync(at(name), `${source} ${name}`);
    symlinkSync("a.txt", at("link"));
    symlinkSync("nowhere", at("broken.log"));
  }
  const jobs = jobsOfRecipes(root);
  expect(jobs.length).toBe(offenRecipes.size + 1);
  const config = {
    stores: { local: { kind: "local", path: join(root, "archive") } },
    jobs: Object.fromEntries(jobs.map(({ name, config: job }) => [name, job])),
  };
  writeFileSync(join(root, "holdfast.yml"), JSON.stringify({ stack: "shop", ...config }));
  const { exitCode, stdout, stderr } = await holdfast([
    ...["--config", join(root, "holdfast.yml"), "--state", join(root, "state"), "backup"],
    ...jobs.map(({ name }) => name),
  ]);
  expect(exitCode, stderr + stdout).toBe(0);
  for (const { name, path, leavesOut } of jobs) {
    const [point = ""] = readdirSync(join(root, "archive/shop", name));
    const ours = join(temporaryDirectory(), "ours");
    mkdirSync(ours);
    const archive = join(root, "archive/shop", name, point, "archive.tar.zst");
    execFileSync("tar", ["-C", ours, "--zstd", "-xpf", archive]);
    expect(treeOf(ours), name).toEqual(asTheyWould(root, path, leavesOut));
  }
});

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
    expect(newest).toContain("--to DIRECTORY --passphrase-file FILE");
    expect(oldest).toContain(`holdfast restore --archive ${old} --to DIRECTORY`);
    const json = await holdfast(["--json", "migrate", "archives", at("archive")]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      archives: [{ encryption: "age" }, { encryption: null }],
    });
  });

  it("has its archives listed beside points, pruned by nobody, and by a job that adopts them until it gives them back", async () => {
    const { at, old } = offenStack();
    writeFileSync(at("archive", "backup-2026-10-01T04-00-00.tar.gz"), readFileSync(old));
    const config = {
      stack: "shop",
      stores: { local: { kind: "local", path: at("archive") } },
      jobs: { app: { source: { kind: "volume", path: at("backup/app") }, retention: { last: 2 } } },
    };
    writeFileSync(at("holdfast.yml"), JSON.stringify(config));
    const ours = (...args: string[]) =>
      holdfast(["--config", at("holdfast.yml"), "--state", at("state"), ...args]);
    expect((await ours("backup", "app")).exitCode).toBe(0);
    const listed = await ours("list");
    expect(listed.stdout).toMatch(
      /backup-2026-11-20T04-00-00\.tar\.gz +local +2026-11-20 04:00:00Z +\S+ \S+ +foreign\n/,
    );
    expect(listed.stdout).toContain(`holdfast restore --archive ${old} --to DIRECTORY`);
    const unasked = await ours("migrate", "adopt", "app", "--store", "local");
    expect([unasked.exitCode, unasked.stderr]).toEqual([5, expect.stringContaining("keep the last 2")]);
    const adopted = await ours("migrate", "adopt", "app", "--store", "local", "--yes");
    expect(adopted.stdout).toBe("2 archives of store local are under the retention of job app.\n");
    expect((await ours("list", "app")).stdout).toContain("foreign, adopted by app");
    const given = await ours(
      "migrate",
      "adopt",
      "app",
      "--store",
      "local",
      "--undo",
      "--beginning",
      "backup-2026-11",
    );
    expect(given.stdout).toBe("1 archive of store local is nobody's again, and never pruned.\n");
    const { foreign } = JSON.parse((await ours("--json", "list")).stdout) as {
      foreign: { adoptedBy: string }[];
    };
    expect(foreign.map(({ adoptedBy }) => adoptedBy)).toEqual([null, "app"]);
    expect((await ours("migrate", "adopt", "app", "--store", "local", "--yes")).exitCode).toBe(0);
    expect((await ours("prune", "app", "--dry-run")).stdout).toMatch(/backup-2026-10-01\S+ +\S+ \S+ +remove/);
    expect((await ours("prune", "app")).exitCode).toBe(0);
    expect(readdirSync(at("archive")).sort()).toEqual(["backup-2026-11-20T04-00-00.tar.gz", "shop"]);
    expect((await ours("migrate", "adopt", "app", "--store", "nowhere")).exitCode).toBe(2);
  });

  it.skipIf(gpg.areMissing)(
    `has archives that it has encrypted restored by its passphrase, which is never shown${gpg.title}`,
    async () => {
      const { at, old } = offenStack();
      writeFileSync(at("passphrase"), "correct horse\n");
      const options = [
        "--homedir",
        temporaryDirectory(),
        "--batch",
        "--quiet",
        "--pinentry-mode",
        "loopback",
        "--s2k-count",
        "65536",
      ];
      runTool("gpg", [...options, "--passphrase", "correct horse", "--symmetric", old]);
      const restore = (...key: string[]) =>
        holdfast(["restore", "--archive", `${old}.gpg`, "--to", at("theirs"), ...key]);
      const refused = await restore();
      expect([refused.exitCode, refused.stderr]).toEqual([
        1,
        expect.stringContaining("--passphrase-file FILE"),
      ]);
      const { exitCode, stdout, stderr } = await restore("--passphrase-file", at("passphrase"));
      expect(exitCode, stderr).toBe(0);
      expect(stdout + stderr).not.toContain("correct");
      expect(filesBelow(at("theirs"))).toEqual(["backup/app/db.json", "backup/uploads/a b.png"]);
    },
  );

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
