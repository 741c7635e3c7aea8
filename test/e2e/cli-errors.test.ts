import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { startReceiver, SECRET_PATH } from "../fakes/receiver.ts";
import { holdfast } from "./holdfast-process.ts";
import { testStack } from "./test-stack.ts";

const TEN_MISTAKES = `
timezone: Europe/Pragu
concurency: 2
stores:
  local: { kind: locl, path: /archive }
jobs:
  data:
    source: { kind: volume, path: data, exlude: [tmp] }
    schedule: "0 3 * *"
    stores: [offsite]
    retention: { daily: lots }
  Users:
    source: { kind: volume, path: /source/users }
alerts:
  channels:
    slack: { kind: slack, url: "\${SLACK_WEBHOOK_URL}" }
`;

/** One sentence that says what failed and why; then, after a semicolon, what to do next. */
const ONE_SENTENCE = /^holdfast: [^\n]+ failed: [^\n]+; [^\n]+\.\n$/;

describe("a config with ten mistakes", () => {
  it.each(["run", "backup", "config check"])("ends `%s` with ten lines and exit 2", async (verb) => {
    const stack = testStack();
    writeFileSync(stack.configPath, TEN_MISTAKES);
    const ended = await stack.run(...verb.split(" "));
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    const [title, ...lines] = ended.stderr.trimEnd().split("\n");
    expect(title).toBe(`holdfast: 10 mistakes in ${stack.configPath}:`);
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(line).toMatch(/^ {2}\S+ \(line \d+\): expected .+, got .+/);
  });
});

describe("what was not understood ends with exit 2", () => {
  it.each([
    ["an unknown verb", ["bakup"]],
    ["an unknown option", ["backup", "--nope"]],
    ["an unknown job", ["backup", "nope"]],
    ["an unknown store", ["list", "--store", "nope"]],
    ["a restore without a target", ["restore", "data"]],
    ["a time that is none", ["restore", "data", "--to", "/nowhere/at/all", "--at", "yesterday"]],
    ["a channel that there is not", ["notify", "test", "nope"]],
  ])("%s", async (_what, args) => {
    const ended = await testStack().run(...args);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).not.toContain(" at "); // No stack trace.
  });

  it("a config file that is not there, named with what to do", async () => {
    const ended = await holdfast(["--config", "/nowhere/holdfast.yml", "list"]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain("/nowhere/holdfast.yml");
  });
});

describe("an error", () => {
  it("is one sentence with a next step, and has its causes with --verbose", async () => {
    const stack = testStack();
    rmSync(stack.store(), { recursive: true });
    const short = await stack.run("list");
    expect(short).toMatchObject({ exitCode: 1, stdout: "" });
    expect(short.stderr).toMatch(ONE_SENTENCE);
    expect(short.stderr).toContain(`the store's directory ${stack.store()} does not exist`);

    mkdirSync(stack.store());
    stack.write({ file: "content" });
    await stack.backUp();
    const restore = ["restore", "data", "--to", `${stack.configPath}/below-a-file`];
    const [terse, long] = [await stack.run(...restore), await stack.run("--verbose", ...restore)];
    expect(terse).toMatchObject({ exitCode: 2, stdout: "" });
    expect(terse.stderr).toMatch(ONE_SENTENCE);
    expect(long.stderr).toMatch(/^holdfast: [^\n]+\.\n {2}caused by: .*ENOTDIR/);
  });

  it("of a state directory that cannot be used keeps no restore from being made", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    await stack.backUp();
    rmSync(stack.statePath, { recursive: true });
    writeFileSync(stack.statePath, "a file where the directory should be");
    const { stderr } = await stack.done("restore", "data", "--to", stack.path("target"));
    expect(stderr).toMatch(/^warning: Nothing of this will be in the history: /);
    const daemon = await stack.run("run");
    expect(daemon).toMatchObject({ exitCode: 2, stdout: "" });
    expect(daemon.stderr).toMatch(ONE_SENTENCE);
  });
});

describe("a secret", () => {
  it("is not printed by any verb, whatever fails", async () => {
    const receiver = await startReceiver();
    await receiver.close();
    const stack = testStack({
      alerts: { channels: { hook: { kind: "webhook", url: receiver.url, secret: "HMAC-SECRET-VALUE" } } },
      http: { listen: "127.0.0.1:0", token: "TOKEN-SECRET-VALUE" },
    });
    const verbs = [
      ["config", "show"],
      ["config", "show", "--json"],
      ["notify", "test", "--verbose"],
      ["notify", "test", "--json"],
      ["doctor", "--verbose"],
    ];
    for (const verb of verbs) {
      const { stdout, stderr } = await stack.run(...verb);
      for (const secret of [SECRET_PATH, "HMAC-SECRET-VALUE", "TOKEN-SECRET-VALUE"]) {
        expect(stdout + stderr).not.toContain(secret);
      }
    }
  });

  it("stays hidden when the config that holds it is refused", async () => {
    const stack = testStack();
    writeFileSync(
      stack.configPath,
      'http: { token: "TOKEN-SECRET-VALUE", listen: nowhere }\nalerts: { channels: { a: { kind: slack, url: "ftp://x/SECRET-PATH" } } }\n',
    );
    const { exitCode, stdout, stderr } = await stack.run("config", "check", "--verbose");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("http.listen");
    expect(stdout + stderr).not.toMatch(/TOKEN-SECRET-VALUE|SECRET-PATH/);
  });
});

describe.skipIf(process.geteuid?.() === 0)("without the right to write", () => {
  it("a store refuses the run and says what to do", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    chmodSync(stack.store(), 0o500);
    const ended = await stack.run("backup");
    chmodSync(stack.store(), 0o700);
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toContain("permission was denied");
  });
});
