/** docs/restore-by-hand.md, whose commands are run as they stand there, against points that Holdfast made. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { DocumentedCommands, missingPrograms } from "../fakes/documented-commands.ts";
import { flipMiddleBit } from "./damage.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const isRoot = process.geteuid?.() === 0;
const page = new DocumentedCommands("docs/restore-by-hand.md");

const ENVIRONMENT = "Say what and where";
const WHOLE = "Is it whole?";
const LIST = "What is in it";
const ONE_FILE = "One file";
const FULL = "Everything: a full point";
const INCREMENTAL = "Everything: an incremental point";
const CHECK = "Is all of it there?";
const DONE = "Every file has the content that was backed up.\n";

const NOT_UTF8 = Buffer.from([0x66, 0xff, 0xfe]);
const ODD_NAMES = [
  "new\nline",
  "two  words ",
  `quotes ' " \``,
  "back\\slash\\n",
  "-n",
  "*",
  "$(touch x)",
  "žluť 🐎",
  "\ttab",
];

/** A volume that is changed between backups. */
class Volume {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  at(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.root}/`), Buffer.from(name)]);
  }

  make(): void {
    for (const name of ["deleted/below", "kept", "odd"]) fs.mkdirSync(this.at(name), { recursive: true });
    for (const name of ODD_NAMES) fs.writeFileSync(this.at(`odd/${name}`), `content of ${name}`);
    fs.writeFileSync(this.at(NOT_UTF8), "not UTF-8");
    fs.writeFileSync(this.at("kept/big"), Buffer.alloc(9 * 2 ** 20, "big"));
    fs.writeFileSync(this.at("kept/touched"), "touched");
    fs.writeFileSync(this.at("kept/mode"), "mode");
    fs.writeFileSync(this.at("kept/moved"), "moved");
    fs.writeFileSync(this.at("kept/moved too"), "moved, to bytes");
    fs.writeFileSync(this.at("deleted/below/file"), "deleted");
    fs.writeFileSync(this.at("becomes a directory"), "a file");
    fs.mkdirSync(this.at("becomes a file"));
    fs.writeFileSync(this.at("becomes a symlink"), "a file");
    fs.writeFileSync(this.at("empty"), "");
    fs.writeFileSync(this.at("linked"), "linked");
    fs.linkSync(this.at("linked"), this.at("kept/linked again"));
    fs.linkSync(this.at("linked"), this.at("odd/new\nlink"));
    fs.symlinkSync("kept/big", this.at("soft"));
    fs.symlinkSync(NOT_UTF8, this.at("odd/soft"));
    execFileSync("mkfifo", [join(this.root, "fifo")]);
    fs.chmodSync(this.at("kept/mode"), 0o4711);
    for (const [name, time] of TIMES) execFileSync("touch", ["-h", "-d", time, join(this.root, name)]);
    if (isRoot) fs.lchownSync(this.at("soft"), 12, 34);
    if (isRoot) fs.chownSync(this.at("kept/big"), 3_000_000, 7);
  }

  changeOnce(): void {
    fs.rmSync(this.at("deleted"), { recursive: true });
    fs.mkdirSync(this.at("fresh"));
    fs.renameSync(this.at("kept/moved"), this.at("fresh/'mo\nved'"));
    fs.renameSync(this.at("kept/moved too"), this.at(NOT_UTF8_TOO));
    fs.renameSync(this.at(NOT_UTF8), this.at("utf-8 now"));
    fs.utimesSync(this.at("kept/touched"), 1, 2);
    fs.chmodSync(this.at("kept/mode"), 0o640);
    fs.rmSync(this.at("becomes a directory"));
    fs.mkdirSync(this.at("becomes a directory"));
    fs.writeFileSync(this.at("becomes a directory/file"), "now below");
    fs.rmdirSync(this.at("becomes a file"));
    fs.writeFileSync(this.at("becomes a file"), "a file now");
    fs.writeFileSync(this.at("odd/new file"), "new");
    fs.linkSync(this.at("kept/big"), this.at("odd/big"));
  }

  changeAgain(): void {
    fs.rmSync(this.at("becomes a symlink"));
    fs.symlinkSync("/etc/passwd", this.at("becomes a symlink"));
    fs.renameSync(this.at("fresh"), this.at("moved on"));
    fs.writeFileSync(this.at("odd/*"), "changed");
    fs.rmSync(this.at("linked"));
    if (isRoot) fs.chownSync(this.at("odd/-n"), 5, 6);
    fs.chmodSync(this.at("kept"), 0o2750);
  }
}

const NOT_UTF8_TOO = Buffer.concat([Buffer.from("fresh/"), Buffer.from([0x80, 0x0a, 0xff])]);
const TIMES = [
  ["kept/big", "2001-02-03T04:05:06.123456789Z"],
  ["empty", "1969-12-31T23:59:58.250000000Z"],
  ["soft", "2040-01-01T00:00:00.000000001Z"],
  ["kept", "1999-01-01T00:00:00.5Z"],
] as const;

const missing = missingPrograms("zstd", "tar", "jq", "xargs", "sha256sum");
const title = missing.length > 0 ? ` (this machine has no ${missing.join()})` : "";

describe.skipIf(missing.length > 0)(`the page on restoring by hand${title}`, () => {
  let stack: TestStack;
  let volume: Volume;
  beforeEach(() => {
    stack = testStack({ jobs: { data: { recheck: "0%" } } });
    volume = new Volume(stack.source());
    volume.make();
  });

  /** Runs the blocks under these headings for a point. */
  const byHand = (point: string, ...headings: string[]): string => {
    const values = { STORE: join(stack.store(), "test/data"), POINT: point };
    const places = { OUT: stack.path("by hand/out"), WORK: stack.path("by hand/work") };
    const all = { ...values, ...places, ...(headings.includes(ONE_FILE) && { FILE: fileAskedFor }) };
    return page.run([ENVIRONMENT, ...headings], all);
  };
  let fileAskedFor = "";

  it("has no commands but those that are run here", () => {
    expect(page.headings).toEqual([ENVIRONMENT, WHOLE, LIST, ONE_FILE, FULL, INCREMENTAL, CHECK]);
  });

  it("brings back a full point", async () => {
    const before = describeTree(volume.root);
    const point = await stack.backUp();
    fs.rmSync(volume.root, { recursive: true });
    const printed = byHand(point, WHOLE, LIST, FULL, CHECK);
    expect(describeTree(stack.path("by hand/out"))).toEqual(before);
    expect(printed).toContain("archive.tar.zst: OK");
    expect(printed).toContain("directory\t0\t1999-01-01T00:00:00Z\tkept\n");
    expect(printed.endsWith(DONE)).toBe(true);
  });

  it("brings back an incremental point of a chain, renames, deletions, odd names and all", async () => {
    await stack.backUp();
    volume.changeOnce();
    const second = await stack.backUp();
    const afterOnce = describeTree(volume.root);
    volume.changeAgain();
    const third = await stack.backUp();
    const { needs } = await recordOf(stack, third);
    expect(needs).toHaveLength(2);
    const afterAll = describeTree(volume.root);
    fs.rmSync(volume.root, { recursive: true });

    for (const [point, tree] of [
      [second, afterOnce],
      [third, afterAll],
    ] as const) {
      fs.rmSync(stack.path("by hand"), { recursive: true, force: true });
      const printed = byHand(point, WHOLE, LIST, FULL, INCREMENTAL, CHECK);
      expect(describeTree(stack.path("by hand/out"))).toEqual(tree);
      expect(printed.endsWith(DONE)).toBe(true);
      // Content under another name, also one that is not UTF-8, and hardlinks: all of the page's ways are gone.
      const index = fs.readFileSync(stack.path("by hand/work/index"), "utf8");
      for (const field of ["pathBytes", "member", "memberBytes"]) expect(index).toContain(`"${field}":`);
      expect(index).toMatch(/"type":"hardlink".*"point":/);
    }
  });

  it("brings back one file, wherever its bytes are", async () => {
    await stack.backUp();
    volume.changeOnce();
    const point = await stack.backUp();
    for (const name of ["kept/big", "odd/big", "fresh/'mo\nved'", "odd/new file", "empty"]) {
      fileAskedFor = name;
      expect(byHand(point, LIST, ONE_FILE)).toMatch(/file: OK\n$/);
      const found = fs.readFileSync(stack.path("by hand/work/file"));
      expect(found.equals(fs.readFileSync(volume.at(name)))).toBe(true);
    }
  });

  it("finds damage before anything is unpacked, and content that is not right afterwards", async () => {
    await stack.backUp();
    fs.writeFileSync(volume.at("odd/new file"), "new");
    const point = await stack.backUp();
    const [needed = ""] = (await recordOf(stack, point)).needs;
    byHand(point, WHOLE, LIST, FULL, INCREMENTAL);
    fs.writeFileSync(stack.path("by hand/out/empty"), "no longer");
    expect(() => byHand(point, CHECK)).toThrow("ended with 1: ");
    flipMiddleBit(join(stack.store(), "test/data", needed, "archive.tar.zst"));
    expect(() => byHand(point, WHOLE)).toThrow("WARNING: 1 computed checksum did NOT match");
  });
});

async function recordOf(stack: TestStack, point: string): Promise<{ needs: string[] }> {
  const path = join(stack.store(), "test/data", point, "recovery-point.json");
  return JSON.parse(fs.readFileSync(path, "utf8")) as { needs: string[] };
}
