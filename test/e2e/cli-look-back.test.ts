/** `holdfast history` and `holdfast audit`: what has happened, by whom, and no secret of it. */
import { rmSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const SECRET = "correct-horse-battery";

describe("what has happened", () => {
  it("is shown run by run, and by who did it, without any secret", async () => {
    const stack = testStack();
    const source = { kind: "volume", path: stack.source() };
    const before = [{ http: { url: `http://127.0.0.1:9/${SECRET}` }, onError: "warn" }];
    stack.configure({ jobs: { data: { source, quiesce: { before }, retry: { attempts: 1 } } } });
    stack.write({ file: "content" });
    const ended = await stack.run("backup", "data");
    const point = /point (\S+)/i.exec(ended.stdout)?.[1] ?? "";
    await stack.done("pin", point);
    await stack.done("silence", "data", "1h", "--reason", `see http://127.0.0.1:9/${SECRET}`);
    await stack.done("restore", "data", "--to", stack.path("out"));
    rmSync(stack.source(), { recursive: true });
    expect((await stack.run("backup", "data")).exitCode).toBe(1);

    const history = await stack.done("history");
    expect(history.stdout.split("\n").map((line) => line.split(/ {3,}/).slice(2, 5))).toEqual([
      ["OPERATION", "TRIGGER", "OUTCOME"],
      ["backup", "command", "failed"],
      ["restore", "command", "succeeded"],
      ["backup", "command", "partial"],
      [],
    ]);
    const { runs } = JSON.parse(
      (await stack.done("history", "data", "--operation", "restore", "--json")).stdout,
    ) as {
      runs: Record<string, unknown>[];
    };
    expect(runs).toMatchObject([{ operation: "restore", outcome: "succeeded", point }]);

    const audit = await stack.done("audit");
    const operations = (text: string) => text.split("\n").flatMap((line) => line.split(/ {3,}/)[2] ?? []);
    expect(operations(audit.stdout)).toEqual(["WHAT", "backup", "restore", "silence", "pin", "backup"]);
    expect(audit.stdout).toMatch(/command:\S+@/);
    const asJson = await stack.done("audit", "--json", "--limit", "3", "--since", "1h");
    const { entries } = JSON.parse(asJson.stdout) as { entries: Record<string, unknown>[] };
    expect(entries.slice(0, 2)).toMatchObject([
      { operation: "backup", outcome: "failed" },
      { operation: "restore", job: "data", details: { point, target: stack.path("out") } },
    ]);
    const shown = [history, audit, asJson];
    expect(shown.map(({ stdout }) => stdout).join()).not.toContain(SECRET);
  });

  it("is refused with what is known where a job is none", async () => {
    const stack = testStack();
    expect(await stack.run("history", "dta")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("name one of: data") as string,
    });
  });

  it("tells which config a daemon took up, and which it refused", async () => {
    const stack = testStack();
    stack.write({ file: "content" });
    const daemon = await stack.startDaemon();
    const source = { kind: "volume", path: stack.source() };
    stack.configure({ jobs: { data: { source, schedule: "not a schedule" } } });
    daemon.process.kill("SIGHUP");
    await waitUntil("the refusal", () => /is refused/.exec(daemon.process.stderr)?.[0]);
    stack.configure({ jobs: { data: { source } } });
    const { entries } = JSON.parse((await stack.done("audit", "--json")).stdout) as {
      entries: { operation: string; outcome: string }[];
    };
    const configs = entries.filter(({ operation }) => operation === "config").map(({ outcome }) => outcome);
    expect(configs.slice(-2)).toEqual(["refused", "in effect"]);
  });
});
