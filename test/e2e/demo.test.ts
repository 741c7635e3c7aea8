import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../fakes/temporary-directory.ts";

const DEMO = fileURLToPath(new URL("../../demo/demo.ts", import.meta.url));

/** A minute by itself; the machine may be running every other test at the same time. */
const LIMIT_MS = 300_000;

interface Result {
  exitCode: number | string | null;
  output: string;
}

function play(args: string[], tmp: string): Promise<Result> {
  const options = {
    env: { ...process.env, TMPDIR: tmp, FORCE_COLOR: undefined },
    timeout: LIMIT_MS - 30_000,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [DEMO, ...args], options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (error.code ?? null), output: stdout + stderr });
    });
  });
}

describe("the demo", () => {
  it("shows everything it promises, and leaves nothing behind", { timeout: LIMIT_MS }, async () => {
    const tmp = temporaryDirectory();
    const { exitCode, output } = await play(["--once"], tmp);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    for (const told of [
      "🔴 Backup of data is stale",
      "🟢 Resolved: Backup of data is stale",
      "accounts hold 100000 together",
    ])
      expect(output).toContain(told);
    expect(output).not.toContain("\u001b");
    expect(readdirSync(tmp)).toEqual([]);
  });

  it("refuses an option that it does not know", async () => {
    const { exitCode, output } = await play(["--twice"], temporaryDirectory());
    expect(exitCode).toBe(2);
    expect(output).toContain("--twice");
  });
});
