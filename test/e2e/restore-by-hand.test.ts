/** docs/restore-by-hand.md, whose commands are run as they stand there, against points that Holdfast made. */
import * as fs from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { DocumentedCommands, missingPrograms } from "../fakes/documented-commands.ts";
import { flipMiddleBit } from "./damage.ts";
import { OddVolume } from "./odd-volume.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const page = new DocumentedCommands("docs/restore-by-hand.md");

const ENVIRONMENT = "Say what and where";
const WHOLE = "Is it whole?";
const DECRYPT = "Decrypt it";
const AT_ONCE = "Decrypt and unpack a full point at once";
const DECRYPT_GPG = "Decrypt it with gpg";
const AT_ONCE_GPG = "Decrypt with gpg and unpack a full point at once";
const LIST = "What is in it";
const ONE_FILE = "One file";
const FULL = "Everything: a full point";
const INCREMENTAL = "Everything: an incremental point";
const CHECK = "Is all of it there?";
const DONE = "Every file has the content that was backed up.\n";

const missing = missingPrograms("zstd", "tar", "jq", "xargs", "sha256sum");
const title = missing.length > 0 ? ` (this machine has no ${missing.join()})` : "";

describe.skipIf(missing.length > 0)(`the page on restoring by hand${title}`, () => {
  let stack: TestStack;
  let volume: OddVolume;
  beforeEach(() => {
    stack = testStack({ jobs: { data: { recheck: "0%" } } });
    volume = new OddVolume(stack.source());
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
    expect(page.headings).toEqual([
      ENVIRONMENT,
      WHOLE,
      DECRYPT,
      AT_ONCE,
      DECRYPT_GPG,
      AT_ONCE_GPG,
      LIST,
      ONE_FILE,
      FULL,
      INCREMENTAL,
      CHECK,
    ]);
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
