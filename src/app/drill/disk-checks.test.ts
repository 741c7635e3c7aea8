/** What is looked at on a disk; a mount is a directory that is there already. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { createDatabaseOpener } from "../../capture/open-database.ts";
import { systemClock } from "../../observability/system-clock.ts";
import { checkDisk, pathChecks } from "./disk-checks.ts";

const { signal } = new AbortController();

let devices: string;
let at: string;
let commands: string[];
let clock: FakeClock;

beforeEach(() => {
  [devices, at, commands, clock] = [temporaryDirectory(), temporaryDirectory(), [], new FakeClock(0)];
});

/** A device whose file system holds what is given; without, it has none. */
function device(name: string, content: Record<string, string> | undefined, head = ""): string {
  const path = join(devices, name);
  writeFileSync(path, head);
  for (const [file, text] of Object.entries(content ?? {})) {
    mkdirSync(dirname(join(at, name, file)), { recursive: true });
    writeFileSync(join(at, name, file), text);
  }
  if (content !== undefined) mkdirSync(join(at, name), { recursive: true });
  return path;
}

const check = (path: string, checks: Parameters<typeof pathChecks>[0]) =>
  checkDisk(
    { device: path, checks: pathChecks(checks), scratch: temporaryDirectory() },
    {
      ...{ clock, at, opener: createDatabaseOpener({ clock: systemClock }) },
      run: async ([program = "", ...args]) => {
        const target = args.at(-1) ?? "";
        commands.push(
          [program, ...args.slice(0, -1).map((arg) => basename(arg)), basename(target)].join(" "),
        );
        const has = program === "umount" || mounts.has(basename(target));
        return { exitCode: has ? 0 : 32, stderr: has ? "" : "mount: wrong fs type, bad option.\nmore" };
      },
    },
    signal,
  );

let mounts = new Set<string>();

describe("A disk of a drill", () => {
  it("is mounted to be read only, looked at, and unmounted", async () => {
    mounts = new Set(["google-d"]);
    const path = device("google-d", { "app/config.json": "{}", "app/bad.json": "{" });
    const database = new DatabaseSync(join(at, "google-d/users.db"));
    database.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    database.close();
    writeFileSync(join(at, "google-d/torn.db"), "SQLite format 3\0 and no more");
    symlinkSync("/etc/passwd", join(at, "google-d/out"));
    const found = await check(path, [
      { kind: "json", paths: ["app/config.json", "app/bad.json"] },
      { kind: "files", paths: ["app", "gone", "out"] },
      { kind: "databases", paths: ["users.db", "torn.db", "app/config.json"] },
    ]);
    expect(found.problems).toEqual([
      expect.stringMatching(/^app\/bad\.json is no JSON: /),
      expect.stringMatching(/^The database torn\.db does not open: /),
      "app/config.json is no DuckDB or SQLite database.",
    ]);
    expect(found.missing.map(({ path: missing }) => missing)).toEqual(["gone", "out"]);
    expect(commands).toEqual(["mount -o ro,nosuid,nodev,noexec google-d google-d", "umount google-d"]);
  });

  it("with partitions is looked at on all of them that have a file system", async () => {
    mounts = new Set(["google-d-part1", "google-d-part15"]);
    const path = device("google-d", undefined);
    device("google-d-part1", { "etc/fstab": "" });
    device("google-d-part14", undefined);
    device("google-d-part15", { "efi/boot": "" });
    device("google-other-part1", { "no/file": "" });
    const found = await check(path, [{ kind: "files", paths: ["efi/boot", "etc/fstab", "no/file"] }]);
    expect(found).toMatchObject({ problems: [], missing: [{ kind: "files", path: "no/file" }] });
    expect(commands.slice(-2)).toEqual(["umount google-d-part1", "umount google-d-part15"]);
  });

  it("of XFS is mounted beside the one that it is a copy of", async () => {
    mounts = new Set(["google-d"]);
    await check(device("google-d", {}, "XFSB and more"), []);
    expect(commands[0]).toContain("noexec,nouuid");
  });

  it("without any file system is a problem of the point, in the system's words", async () => {
    mounts = new Set();
    const found = await check(device("google-d", undefined), [{ kind: "files", paths: ["a"] }]);
    expect(found.problems).toEqual(["No file system of the disk mounts: mount: wrong fs type, bad option."]);
  });

  it("is waited for, as the machine sees it a moment after it is attached, and not for ever", async () => {
    mounts = new Set(["google-d"]);
    const path = device("google-d", {});
    rmSync(path);
    const waiting = check(path, []);
    await clock.advance(2000);
    writeFileSync(path, "");
    await clock.advance(1000);
    expect((await waiting).problems).toEqual([]);
    rmSync(path);
    const never = expect(check(path, [])).rejects.toThrow("this machine has shown no");
    for (let second = 0; second < 70; second++) await clock.advance(1000);
    await never;
  });
});
