import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HoldfastProcess, type Ended } from "./holdfast-process.ts";

const directory = mkdtempSync(join(tmpdir(), "holdfast-"));

/** Where no engine is. */
function holdfast(...args: string[]): Promise<Ended> {
  const env = {
    DOCKER_HOST: `unix://${join(directory, "nothing.sock")}`,
    HOLDFAST_CONFIG: join(directory, "holdfast.yml"),
    HOLDFAST_STATE: join(directory, "state"),
  };
  return new HoldfastProcess(args, { env }).ended;
}

beforeAll(() => {
  mkdirSync(join(directory, "archive"));
  writeFileSync(
    join(directory, "holdfast.yml"),
    `stack: shop
stores: { local: { kind: local, path: ${join(directory, "archive")} } }
jobs: { everything: { source: { kind: stack, exclude: [cache] } } }
`,
  );
});

afterAll(() => rmSync(directory, { recursive: true }));

describe("a job for the whole stack, where no engine can be asked", () => {
  it("is a config that can be checked, shown and read with", async () => {
    expect(await holdfast("config", "check")).toMatchObject({ exitCode: 0 });
    const shown = await holdfast("config", "show");
    expect(shown.stdout).toMatch(/everything:\n\s+source:\n\s+kind: stack\n\s+exclude:\n\s+- cache/);
    expect(await holdfast("list")).toMatchObject({ exitCode: 0 });
  });

  it("cannot be run, and says why", async () => {
    const { exitCode, stderr } = await holdfast("backup");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("there is no socket of a container engine; mount /var/run/docker.sock");
  });
});
