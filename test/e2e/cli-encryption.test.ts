/** A sidecar that holds only a public key, and whoever has the identity. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { runTool, stockTools } from "../fakes/stock-tools.ts";
import { holdfast } from "./holdfast-process.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const FILES = { "plain.txt": "what is in it", "deep/er/secret-name.txt": "content of it" };

let stack: TestStack;
let identity: string;
let recipient: string;

beforeEach(async () => {
  stack = testStack();
  identity = stack.path("identity.txt");
  const { stdout } = await holdfast(["key", "new", "--out", identity]);
  recipient = /^Public key: (age1\w+)\n$/.exec(stdout)?.[1] ?? "";
  stack.configure({ encryption: { age: { recipients: [recipient] } } });
  stack.write(FILES);
});

function storedText(): string {
  const store = stack.store();
  const names = readdirSync(store, { recursive: true, encoding: "utf8" });
  const contents = names.filter((name) => statSync(join(store, name)).isFile());
  return [...names, ...contents.map((name) => readFileSync(join(store, name), "latin1"))].join("\n");
}

describe("a stack that is encrypted to a public key", () => {
  it("is backed up and verified without the identity, and restored with it", async () => {
    const point = await stack.backUp();
    expect(storedText()).not.toContain("secret-name");
    const verified = await stack.done("verify");
    expect(verified.stdout).toMatch(/whole \(.* read; its content is encrypted and was not read\)/);
    const tree = describeTree(stack.source());
    await stack.done("restore", "data", "--to", stack.path("out"), "--identity", identity);
    expect(describeTree(stack.path("out"))).toEqual(tree);
    expect((await stack.done("--identity", identity, "verify")).stdout).toMatch(/whole \(\S+ \S+ read\)/);
    expect((await stack.done("cat", point, "plain.txt", "--identity", identity)).stdout).toBe(
      "what is in it",
    );
    const listed = await stack.done("ls", point, "-r", "--identity", identity);
    expect(listed.stdout).toContain("deep/er/secret-name.txt");
  });

  it("is tried by doctor, with and without the identity", async () => {
    const without = await stack.run("doctor");
    expect(without.stdout).toMatch(
      /^encryption +ok +What is written is encrypted to age1\w+, and nobody here/m,
    );
    const given = await stack.run("doctor", "--identity", identity);
    expect(given.stdout).toMatch(/^encryption +ok +What is encrypted to age1\w+ can be decrypted here/m);
  });

  it("says what it needs where it cannot read, and what identity was given instead", async () => {
    const point = await stack.backUp();
    const other = stack.path("other.txt");
    await holdfast(["key", "new", "--out", other]);
    for (const args of [
      ["ls", point],
      ["cat", point, "plain.txt"],
      ["restore", "data", "--to", stack.path("out")],
    ]) {
      const without = await stack.run(...args);
      expect(without.exitCode).toBe(5);
      expect(without.stderr).toContain(
        `it is encrypted to ${recipient}, and no identity is given; give the identity with --identity FILE`,
      );
      const wrong = await stack.run(...args, "--identity", other);
      expect(wrong.stderr).toContain(
        `it is encrypted to ${recipient}, and ${other} holds the identity of none of them`,
      );
      expect(wrong.stderr).not.toContain("AGE-SECRET");
    }
    expect((await stack.run("ls", point, "--identity", stack.path("missing"))).stderr).toContain(
      "no such file",
    );
  });

  it("goes on incrementally without the identity, and without the state makes a full that says why", async () => {
    const first = await stack.backUp();
    stack.write({ "later.txt": "later" });
    const second = await stack.backUp();
    expect(JSON.parse((await stack.done("show", second, "--json")).stdout)).toMatchObject({
      record: { needs: [first] },
    });
    await stack.done("restore", "data", "--to", stack.path("out"), "--identity", identity);
    expect(describeTree(stack.path("out"))).toEqual(describeTree(stack.source()));
    rmSync(stack.path("state"), { recursive: true });
    const { stdout, stderr } = await stack.done("backup");
    expect(stdout).toContain("Point ");
    expect(stderr).toContain("no identity is given");
  });

  it("shows of a point what its commit record tells, and with the identity what that keeps to itself", async () => {
    stack.configure({
      encryption: { age: { recipients: [recipient] } },
      jobs: { data: { source: { kind: "volume", path: stack.source(), exclude: ["hidden-glob"] } } },
    });
    const point = await stack.backUp();
    const shown = JSON.parse((await stack.done("show", point, "--json")).stdout) as { record: object };
    expect(shown.record).toMatchObject({
      capture: { leavesOut: ["exclude"] },
      encryption: { recipients: [recipient] },
    });
    expect(JSON.stringify(shown)).not.toContain("hidden-glob");
    const all = await stack.done("show", point, "--json", "--identity", identity);
    expect(JSON.parse(all.stdout)).toMatchObject({ record: { capture: { exclude: ["hidden-glob"] } } });
  });

  it("reads the identity that the config names, and prints its path alone", async () => {
    stack.configure({ encryption: { age: { recipients: [recipient], identityFile: identity } } });
    const point = await stack.backUp();
    expect((await stack.done("cat", point, "plain.txt")).stdout).toBe("what is in it");
    const { stdout } = await stack.done("config", "show");
    expect(stdout).toContain(`identityFile: ${identity}`);
    expect(stdout).not.toContain("AGE-SECRET");
  });

  it("refuses a secret key where a public one belongs, without repeating it", async () => {
    const secret = readFileSync(identity, "utf8").trim().split("\n").at(-1) ?? "";
    stack.configure({ encryption: { age: { recipients: [secret] } } });
    const { exitCode, stderr } = await stack.run("config", "check");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("that is an identity, which is secret");
    expect(stderr).not.toContain(secret);
  });
});

describe("a stack that is encrypted with a passphrase", () => {
  it("is restored with it, and with no other", async () => {
    const [passphraseFile, wrong] = [stack.path("passphrase"), stack.path("wrong")];
    writeFileSync(passphraseFile, "correct horse battery staple\n");
    writeFileSync(wrong, "another\n");
    stack.configure({ encryption: { age: { passphraseFile } } });
    const point = await stack.backUp();
    expect((await stack.done("show", point)).stdout).toContain("with a passphrase (age)");
    stack.configure({});
    const { stderr, exitCode } = await stack.run("ls", point, "--passphrase-file", wrong);
    expect([exitCode, stderr]).toEqual([
      5,
      expect.stringContaining("the passphrase is not the one it was encrypted with"),
    ]);
    await stack.done("restore", "data", "--to", stack.path("out"), "--passphrase-file", passphraseFile);
    expect(describeTree(stack.path("out"))).toEqual(describeTree(stack.source()));
  });
});

const { areMissing, title } = stockTools("age-keygen");

describe("holdfast key new", () => {
  it("prints an identity where no file is named, without any config", async () => {
    const { stdout, exitCode } = await holdfast(["key", "new"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^# created: \S+Z\n# public key: age1\w+\nAGE-SECRET-KEY-1\w+\n$/);
  });

  it("writes a file that only its owner reads, and never over another", async () => {
    expect(statSync(identity).mode & 0o777).toBe(0o600);
    const before = readFileSync(identity, "utf8");
    const again = await holdfast(["key", "new", "--out", identity]);
    expect([again.exitCode, again.stderr]).toEqual([5, expect.stringContaining("the file is there already")]);
    expect(readFileSync(identity, "utf8")).toBe(before);
    mkdirSync(stack.path("directory"));
    expect((await holdfast(["key", "new", "--out", stack.path("nowhere/key")])).exitCode).toBe(1);
  });

  it.skipIf(areMissing)(`makes what stock age-keygen knows${title}`, () => {
    expect(runTool("age-keygen", ["-y", identity]).toString()).toBe(`${recipient}\n`);
  });
});
