/** docs/restore-by-hand.md for points that are encrypted: with stock programs and the identity alone. */
import * as fs from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { DocumentedCommands } from "../fakes/documented-commands.ts";
import { runTool, stockTools } from "../fakes/stock-tools.ts";
import { holdfast } from "./holdfast-process.ts";
import { OddVolume } from "./odd-volume.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const page = new DocumentedCommands("docs/restore-by-hand.md");
const ENVIRONMENT = "Say what and where";
const WHOLE = "Is it whole?";
const LIST = "What is in it";
const FULL = "Everything: a full point";
const INCREMENTAL = "Everything: an incremental point";
const CHECK = "Is all of it there?";
const DONE = "Every file has the content that was backed up.\n";

const { areMissing, title } = stockTools("age", "zstd", "tar", "jq");

describe.skipIf(areMissing)(`the page on restoring by hand, for points encrypted with age${title}`, () => {
  let stack: TestStack;
  let volume: OddVolume;
  let identity: string;

  beforeEach(async () => {
    stack = testStack();
    identity = stack.path("identity.txt");
    const { stdout } = await holdfast(["key", "new", "--out", identity]);
    const recipients = [stdout.replace("Public key: ", "").trim()];
    stack.configure({ encryption: { age: { recipients } }, jobs: { data: { recheck: "0%" } } });
    volume = new OddVolume(stack.source());
    volume.make();
  });

  const byHand = (point: string, ...headings: string[]): string => {
    const values = { STORE: join(stack.store(), "test/data"), POINT: point, IDENTITY: identity };
    const places = { OUT: stack.path("by hand/out"), WORK: stack.path("by hand/work") };
    return page.run([ENVIRONMENT, ...headings], { ...values, ...places });
  };

  it("unpacks a full point by one pipe of age, zstd and tar", async () => {
    const point = await stack.backUp();
    const tree = describeTree(volume.root);
    fs.rmSync(volume.root, { recursive: true });
    const printed = byHand(point, WHOLE, "Decrypt and unpack a full point at once");
    expect(printed).toContain("archive.tar.zst.age: OK");
    expect(describeTree(stack.path("by hand/out"))).toEqual(tree);
  });

  it("brings back an incremental point of a chain", async () => {
    await stack.backUp();
    volume.changeOnce();
    await stack.backUp();
    volume.changeAgain();
    const point = await stack.backUp();
    const tree = describeTree(volume.root);
    fs.rmSync(volume.root, { recursive: true });
    const printed = byHand(point, WHOLE, "Decrypt it", LIST, FULL, INCREMENTAL, CHECK);
    expect(describeTree(stack.path("by hand/out"))).toEqual(tree);
    expect(printed.endsWith(DONE)).toBe(true);
  });
});

const gpg = stockTools("gpg", "zstd", "tar", "jq");

describe.skipIf(gpg.areMissing)(
  `the page on restoring by hand, for points encrypted with gpg${gpg.title}`,
  () => {
    it("unpacks a full point by one pipe of gpg, zstd and tar, and an incremental one by its way", async () => {
      const stack = testStack();
      const home = stack.path("gnupg");
      fs.mkdirSync(home, { mode: 0o700 });
      vi.stubEnv("GNUPGHOME", home);
      onTestFinished(() => void vi.unstubAllEnvs());
      const args = [
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-gen-key",
        "Backups",
        "default",
        "default",
        "never",
      ];
      runTool("gpg", args);
      const publicKeyFile = stack.path("public");
      fs.writeFileSync(publicKeyFile, runTool("gpg", ["--armor", "--export"]));
      stack.configure({ encryption: { gpg: { publicKeyFile } }, jobs: { data: { recheck: "0%" } } });
      const volume = new OddVolume(stack.source());
      volume.make();
      const full = await stack.backUp();
      const [treeOfFull, out, work] = [describeTree(volume.root), stack.path("out"), stack.path("work")];
      volume.changeOnce();
      const point = await stack.backUp();
      const tree = describeTree(volume.root);
      const byHand = (id: string, ...headings: string[]): string => {
        const values = { STORE: join(stack.store(), "test/data"), POINT: id, OUT: out, WORK: work };
        return page.run([ENVIRONMENT, ...headings], values);
      };
      byHand(full, WHOLE, "Decrypt with gpg and unpack a full point at once");
      expect(describeTree(out)).toEqual(treeOfFull);
      fs.rmSync(out, { recursive: true });
      const printed = byHand(point, WHOLE, "Decrypt it with gpg", LIST, FULL, INCREMENTAL, CHECK);
      expect(describeTree(out)).toEqual(tree);
      expect(printed.endsWith(DONE)).toBe(true);

      const identity = stack.path("secret");
      fs.writeFileSync(identity, runTool("gpg", ["--armor", "--export-secret-keys"]));
      await stack.done("restore", "data", "--to", stack.path("by us"), "--identity", identity);
      expect(describeTree(stack.path("by us"))).toEqual(tree);
    });
  },
);
