import { describe, expect, it } from "vitest";
import { testStack } from "./test-stack.ts";

describe("`holdfast silence`", () => {
  it("is begun, listed, shown by status, ended, and in the state over all of it", async () => {
    const stack = testStack();
    const begun = await stack.run("silence", "all", "2h", "--reason", "a new disk");
    expect(begun).toMatchObject({ exitCode: 0, stderr: "" });
    expect(begun.stdout).toMatch(/^All alerts are silenced for 2 h, until \S+ \(a new disk\)\.\n$/);
    const listed = await stack.run("--json", "silence", "list");
    expect(JSON.parse(listed.stdout)).toMatchObject([{ job: null, reason: "a new disk" }]);
    expect((await stack.run("status")).stdout).toContain("All alerts are silenced for 1 h 59 min");
    expect(await stack.run("silence", "end", "all")).toMatchObject({
      ...{ exitCode: 0, stdout: "Alerts of all are told again.\n" },
    });
    expect((await stack.run("silence", "list")).stdout).toBe("Nothing is silenced.\n");
    expect(await stack.run("silence", "end", "all")).toMatchObject({ exitCode: 1 });
  });

  it.each([
    ["a job that there is not", ["nope", "2h"]],
    ["no duration", ["all", "soon"]],
    ["a duration that nobody remembers the end of", ["all", "31d"]],
  ])("refuses %s with exit 2", async (_what, args) => {
    const ended = await testStack().run("silence", ...args);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
