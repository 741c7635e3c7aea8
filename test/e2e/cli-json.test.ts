import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const stack = new TestStack({ jobs: { data: { retention: { last: 5 } } } });
let point = "";

beforeAll(async () => {
  stack.write({ "a.txt": "A\n", "folder/b.txt": "B\n", "folder/deep/c.txt": "C\n" });
  point = await stack.backUp();
});

afterAll(() => stack.remove());

describe("with --json", () => {
  const verbs: [verb: string, args: () => string[], keys: string[]][] = [
    ["config check", () => ["config", "check"], ["origin", "stack", "jobs", "stores"]],
    ["config show", () => ["config", "show"], ["stack", "stores", "jobs"]],
    ["backup", () => ["backup"], ["runs"]],
    ["list", () => ["list", "data"], ["points", "warnings"]],
    ["show", () => ["show", point], ["record", "stores"]],
    ["status", () => ["status"], ["stack", "fresh", "jobs", "stores", "alerts"]],
    ["doctor", () => ["doctor"], ["findings"]],
    ["prune", () => ["prune", "data", "--dry-run"], ["0"]],
    ["verify", () => ["verify", "--newest"], ["0"]],
    ["ls", () => ["ls", "-r", point], ["0", "5"]],
    ["restore", () => ["restore", "data", "--to", stack.path("by-json")], ["run", "target", "warnings"]],
    ["pin", () => ["pin", point], ["point", "pinned"]],
    ["unpin", () => ["unpin", point], ["point", "pinned"]],
  ];

  it.each(verbs)("%s prints one document and nothing else", async (_verb, args, keys) => {
    const { exitCode, stdout } = await stack.run("--json", ...args());
    const document = JSON.parse(stdout) as object;
    expect(Object.keys(document)).toEqual(expect.arrayContaining(keys));
    expect([0, 3]).toContain(exitCode);
  });
});

describe("for people", () => {
  it("ls shows a directory's children, all of them with -r, and a file by itself", async () => {
    const names = async (...args: string[]) => {
      const { stdout } = await stack.done("ls", ...args);
      return stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ").at(-1));
    };
    expect(await names(point)).toEqual(["a.txt", "folder"]);
    expect(await names("-r", point, "folder")).toEqual([
      "folder",
      "folder/b.txt",
      "folder/deep",
      "folder/deep/c.txt",
    ]);
    expect(await names(point, "folder/b.txt")).toEqual(["folder/b.txt"]);
  });

  it("cat gives a file's bytes, and show says what the point is", async () => {
    expect((await stack.done("cat", point, "folder/deep/c.txt")).stdout).toBe("C\n");
    const { stdout } = await stack.done("show", point);
    expect(stdout).toContain(`Point      ${point}`);
    expect(stdout).toContain("3 files, 3 directories");
    expect(stdout).toMatch(/archive\.tar\.zst +\d+ B +[0-9a-f]{64}/);
  });

  it("a reader that has seen enough is no error, as with `| head -1`", async () => {
    stack.write(Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`many/file-number-${at}`, ""])));
    const large = await stack.backUp();
    const command = stack.start("ls", "-r", large);
    await waitUntil("the first line", () => command.stdout.includes("\n"));
    command.stopReading();
    expect(await command.ended).toMatchObject({ exitCode: 0, signal: null, stderr: "" });
  });
});
