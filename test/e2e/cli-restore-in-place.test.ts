import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { FakeMachine } from "../fakes/process-tables.ts";
import { readFiles, writeFiles } from "../fakes/staging.ts";
import { canMount, makeReadOnly, mountTmpfs, MOUNTS_NEEDED } from "../fakes/tmpfs.ts";
import { stagingName } from "../../src/archive/restore/staging-name.ts";
import { atTerminal } from "./at-terminal.ts";
import type { StackConfig } from "./stack-on-disk.ts";
import { testStack, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const GOOD = { file: "good", "sub/a": "good", "sub/b": "good" };
const BAD = { file: "bad", "sub/a": "bad", extra: "bad" };

/** Backed up when it was good; then somebody broke it. */
async function broken(config?: StackConfig): Promise<{ stack: TestStack; good: Map<string, string> }> {
  const stack = testStack(config);
  stack.write(GOOD);
  const good = describeTree(stack.source());
  await stack.backUp();
  rmSync(join(stack.source(), "sub/b"));
  stack.write(BAD);
  return { stack, good };
}

const IN_PLACE = ["restore", "data", "--in-place"];

describe("restore --in-place", () => {
  it("brings the source back as it was, and leaves nothing else", async () => {
    const { stack, good } = await broken();
    const { stdout } = await stack.done(...IN_PLACE, "--yes");
    expect(stdout).toMatch(/^Restored 3 files, 12 B to .*sources\/data from point /);
    expect(describeTree(stack.source())).toEqual(good);
  });

  it("tells as JSON where the old content is", async () => {
    const { stack } = await broken();
    const { stdout } = await stack.done(...IN_PLACE, "--yes", "--keep-old", "--json");
    const { kept, target } = JSON.parse(stdout) as { kept: string; target: string };
    expect(target).toBe(stack.source());
    expect(kept).toMatch(/sources\/data\/\.holdfast-old-\d{8}T\d{6}Z-[0-9a-f]{4}$/);
    expect(readFiles(kept)).toEqual(BAD);
  });

  it("keeps the old content out of backups and of later restores", async () => {
    const { stack } = await broken();
    const { stdout } = await stack.done(...IN_PLACE, "--yes", "--keep-old");
    const kept = /is in (\S+)\.\n$/.exec(stdout)?.[1] ?? "";
    const listed = await stack.done("ls", await stack.backUp(), "-r");
    expect(listed.stdout).not.toContain("holdfast");
    await stack.done(...IN_PLACE, "--yes");
    expect(readFiles(kept)).toEqual(BAD);
  });

  it("of some paths replaces those only", async () => {
    const { stack } = await broken();
    await stack.done(...IN_PLACE, "--yes", "--path", "sub/a", "sub/b");
    expect(readFiles(stack.source())).toEqual({ ...BAD, "sub/a": "good", "sub/b": "good" });
  });

  it("into a source that is lost makes it again", async () => {
    const { stack, good } = await broken();
    rmSync(stack.source(), { recursive: true });
    await stack.done(...IN_PLACE, "--yes");
    expect(describeTree(stack.source())).toEqual(good);
  });

  it("keeps what the job leaves out, which is in no point", async () => {
    const source = (stack: TestStack) => ({ kind: "volume", path: stack.source(), exclude: ["cache"] });
    const stack = testStack();
    stack.configure({ jobs: { data: { source: source(stack) } } });
    stack.write({ file: "good", "cache/precious": "only here" });
    await stack.backUp();
    const { stdout } = await stack.done(...IN_PLACE, "--yes");
    const kept = /is in (\S+)\.\n$/.exec(stdout)?.[1] ?? "";
    expect(readFiles(kept)).toMatchObject({ "cache/precious": "only here" });
  });

  it.skipIf(!canMount())(
    `goes into a mounted volume, and refuses one that is too small (${MOUNTS_NEEDED})`,
    async () => {
      const stack = testStack();
      mountTmpfs(stack.source(), "1m");
      stack.write({ file: "x".repeat(600_000) });
      await stack.backUp();
      const before = describeTree(stack.source());
      const full = await stack.run(...IN_PLACE, "--yes");
      expect(full).toMatchObject({ exitCode: 1, stdout: "" });
      expect(full.stderr).toMatch(/it takes 600 kB beside what is there, and \d+ kB are free/);
      expect(describeTree(stack.source())).toEqual(before);
      rmSync(join(stack.source(), "file"));
      await stack.done(...IN_PLACE, "--yes");
      expect(statSync(join(stack.source(), "file")).size).toBe(600_000);
    },
  );
});

it.skipIf(!canMount())(
  `a restore in place into a source that is mounted read-only says so and what to do (${MOUNTS_NEEDED})`,
  async () => {
    const stack = testStack();
    mountTmpfs(stack.source(), "1m");
    stack.write(GOOD);
    await stack.backUp();
    makeReadOnly(stack.source());
    const refused = await stack.run(...IN_PLACE, "--yes");
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toMatch(
      /mounted read-only here; mount it without `:ro` for the restore, or .*--to/,
    );
  },
);

describe("the confirmation of a restore in place", () => {
  it("says what is replaced by which point, and where the old content goes; without one it is refused, exit 5", async () => {
    const { stack } = await broken();
    const refused = await stack.run(...IN_PLACE);
    expect(refused).toMatchObject({ exitCode: 5, stdout: "" });
    for (const text of [stack.source(), "3 entries (extra, file, sub)", "by point ", "in local", "--yes"]) {
      expect(refused.stderr).toContain(text);
    }
    for (const answer of ["", "y", "yes"]) {
      expect(await atTerminal(stack, answer, "--in-place")).toMatchObject({ exitCode: 5 });
    }
    expect(readFiles(stack.source())).toEqual({ ...BAD });
    const { questions, exitCode } = await atTerminal(stack, "data", "--in-place", "--keep-old");
    expect({ exitCode, count: questions.length }).toEqual({ exitCode: 0, count: 1 });
    expect(questions[0]).toMatch(/kept in .*\.holdfast-old-.*Stop what uses it first\. Type data to go on/);
    expect(readFiles(stack.source())).toMatchObject(GOOD);
  });

  it.each([
    [["--in-place", "--to", "/tmp/x"], "leave out --to"],
    [["--in-place", "--replace"], "leave out --to and --replace"],
    [["--keep-old", "--to", "/tmp/x"], "--keep-old is for --in-place"],
    [["--in-place", "--yes", "--path", ""], "the path is empty"],
    [["--in-place", "--yes", "--path", "../x"], 'the name has a part ".."'],
    [[], "--in-place"],
  ])("is not asked for a mistake: %j, exit 2", async (args, why) => {
    const { stack } = await broken();
    const failed = await stack.run("restore", "data", ...args);
    expect(failed).toMatchObject({ exitCode: 2, stdout: "" });
    expect(failed.stderr).toContain(why);
    expect(readFiles(stack.source())).toEqual(BAD);
  });
});

describe("a restore in place that cannot be done changes nothing:", () => {
  it("a store in the source, a source in the source, a damaged point, a path that is not in it", async () => {
    const { stack } = await broken({ jobs: { data: {}, inner: {} } });
    const inner = { kind: "volume", path: join(stack.source(), "sub") };
    stack.configure({ jobs: { data: {}, inner: { source: inner } } });
    const before = describeTree(stack.source());
    const held = await stack.run(...IN_PLACE, "--yes");
    expect(held.exitCode).toBe(5);
    expect(held.stderr).toContain("holds the source of job inner");
    stack.configure({});
    const missing = await stack.run(...IN_PLACE, "--yes", "--path", "nope");
    expect(missing).toMatchObject({ exitCode: 1, stdout: "" });
    const archive = join(stack.store(), "test/data", (await stack.points())[0] ?? "", "archive.tar.zst");
    writeFileSync(archive, "damaged");
    expect(await stack.run(...IN_PLACE, "--yes")).toMatchObject({ exitCode: 1, stdout: "" });
    expect(describeTree(stack.source())).toEqual(before);
  });

  it("below a symlink in the source", async () => {
    const { stack } = await broken();
    mkdirSync(stack.path("elsewhere"));
    rmSync(join(stack.source(), "sub"), { recursive: true });
    symlinkSync(stack.path("elsewhere"), join(stack.source(), "sub"));
    expect(await stack.run(...IN_PLACE, "--yes", "--path", "sub/a")).toMatchObject({ exitCode: 5 });
    expect(readdirSync(stack.path("elsewhere"))).toEqual([]);
  });

  it("a backup of the job that is under way", async () => {
    const { stack } = await broken();
    stack.makeEndless();
    const backup = stack.start("backup", "data");
    await waitUntil("the backup's lock", () => existsSync(join(stack.store(), "test/.locks")));
    const refused = await stack.run(...IN_PLACE, "--yes");
    expect(refused).toMatchObject({ exitCode: 5, stdout: "" });
    expect(refused.stderr).toContain("backup of job data");
    backup.kill("SIGKILL");
    expect(readFileSync(join(stack.source(), "file"), "utf8")).toBe("bad");
  });
});

describe("what a killed restore in place left in a source", () => {
  /** As if it had been killed when it had moved the first of two entries aside. */
  function leaveHalf(stack: TestStack): void {
    const machine = new FakeMachine("elsewhere");
    const { self } = machine.startProcess();
    const area = join(stack.source(), `${stagingName(self)}.swap`);
    writeFiles(area, { "new/file": "half", "old/file": "bad" });
    rmSync(join(stack.source(), "file"));
    const journal = {
      ...{ format: 1, phase: "swapping", owner: self, title: "The restore of point x", keepOld: false },
      ...{ keptName: ".holdfast-old-20261121T120000Z-0a1b", isWhole: true },
      ...{ aside: [{ text: "file" }, { text: "extra" }], fresh: [{ text: "file" }] },
      mtime: { before: "1000000000000000000", after: "0" },
    };
    writeFileSync(join(area, "journal.json"), JSON.stringify(journal));
  }

  const SAID = /The restore of point x was killed while it replaced .*, and is undone/;

  it.each([
    ["a backup", ["backup", "data"], 0],
    ["doctor", ["doctor"], 3],
    ["the next restore in place", ["restore", "data", "--in-place", "--path", "sub/b", "--yes"], 0],
  ])("is undone by %s, which says so", async (_, args, exitCode) => {
    const { stack } = await broken();
    leaveHalf(stack);
    const ended = await stack.run(...args);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stdout + ended.stderr).toMatch(SAID);
    expect(readFiles(stack.source())).toMatchObject(BAD);
    expect(readdirSync(stack.source()).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("is undone by a backup before it captures, also of a job around it", async () => {
    const { stack } = await broken();
    leaveHalf(stack);
    stack.configure({ jobs: { around: { source: { kind: "volume", path: stack.path("sources") } } } });
    const id = await stack.backUp("around");
    // The other job's source is not in the config any more, so only what is in the config is looked at.
    expect((await stack.done("ls", id, "-r")).stdout).not.toContain(".swap");
    stack.configure({
      jobs: { data: {}, around: { source: { kind: "volume", path: stack.path("sources") } } },
    });
    const whole = await stack.backUp("around");
    expect((await stack.done("cat", whole, "data/file")).stdout).toBe("bad");
  });

  it("is undone when the daemon starts", async () => {
    const { stack } = await broken();
    leaveHalf(stack);
    const daemon = await stack.startDaemon();
    await waitUntil("the settled source", () => existsSync(join(stack.source(), "file")));
    await waitUntil("the warning", () => SAID.test(daemon.process.stderr));
    await daemon.stop("SIGTERM");
    expect(readFiles(stack.source())).toMatchObject(BAD);
  });
});
