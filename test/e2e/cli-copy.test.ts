import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeTree } from "../fakes/captured-volume.ts";
import { leftoversIn, storedState } from "../torture/stored-state.ts";
import { testStack, type TestStack } from "./test-stack.ts";

/** A full, and two points that need it, in `local` alone. */
async function stackWithHistory() {
  const stack = testStack({
    stores: ["local", "offsite"],
    defaults: { stores: ["local"], schedule: "manual" },
  });
  const points = [];
  for (const version of ["1", "2", "3"]) {
    stack.write({ version, [`file-${version}`]: version });
    points.push(await stack.backUp());
  }
  return { stack, points };
}

function contentOf(stack: TestStack, store: string): Record<string, string> {
  const ours = storedState(stack.store(store)).entries.filter((entry) => !entry.includes("/proofs/"));
  return Object.fromEntries(
    ours.map((entry) => [entry, readFileSync(join(stack.store(store), entry)).toString("base64")]),
  );
}

describe("copy", () => {
  it("brings a store what it lacks, by a clean clone of the config, so that it can be restored from it alone", async () => {
    const { stack, points } = await stackWithHistory();
    cpSync(stack.configPath, stack.path("clone.yml"));
    rmSync(stack.statePath, { recursive: true });
    const { stdout, exitCode } = await stack.run(
      ...["--config", stack.path("clone.yml"), "--state", stack.path("new-state")],
      ...["copy", "--from", "local", "--to", "offsite"],
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain("data: 3 points copied to offsite.");
    expect(contentOf(stack, "offsite")).toEqual(contentOf(stack, "local"));
    expect(leftoversIn(stack.store("offsite"))).toEqual([]);
    rmSync(stack.store("local"), { recursive: true });
    const restore = ["restore", "data", "--store", "offsite", "--point", points[2] ?? ""];
    await stack.done(...restore, "--to", stack.path("restored"));
    expect(describeTree(stack.path("restored"))).toEqual(describeTree(stack.source()));
  });

  it("copies one point with what it needs, nothing twice, and tells programs what it did", async () => {
    const { stack, points } = await stackWithHistory();
    const copy = ["copy", "--from", "local", "--to", "offsite", "--json"];
    const one = await stack.done(...copy, "--point", points[1] ?? "");
    expect(JSON.parse(one.stdout)).toMatchObject([
      {
        run: { operation: "copy", outcome: "succeeded" },
        copied: [{ id: points[0] }, { id: points[1] }],
        problems: [],
      },
    ]);
    const rest = await stack.done(...copy, "data");
    expect(JSON.parse(rest.stdout)).toMatchObject([{ copied: [{ id: points[2], from: "local" }] }]);
    const { stdout } = await stack.done("copy", "--from", "local", "--to", "offsite");
    expect(stdout).toBe("data: offsite lacks nothing that is to be copied.\n");
  });

  it("ends with 3 when a point is damaged, names it, and copies those that do not need it", async () => {
    const { stack, points } = await stackWithHistory();
    const archive = join(stack.store("local"), "test", "data", points[1] ?? "", "archive.tar.zst");
    const bytes = readFileSync(archive);
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    writeFileSync(archive, bytes);
    const { stdout, exitCode } = await stack.run("copy", "--from", "local", "--to", "offsite");
    expect(exitCode).toBe(3);
    expect(stdout).toContain(`${points[1]}/archive.tar.zst failed: it is not what its commit record says`);
    const copied = [...storedState(stack.store("offsite")).committed].map((folder) => folder.split("/")[2]);
    expect(copied).toContain(points[0]);
    expect(copied).not.toContain(points[1]);
    expect((await stack.run("list", "--store", "local")).stdout).toMatch(
      new RegExp(`${points[1]}.* DAMAGED`),
    );
  });

  it("ends with 2 when it is not clear what is meant", async () => {
    const { stack } = await stackWithHistory();
    const copy = (...args: string[]) => stack.run("copy", ...args);
    for (const args of [
      ["--from", "local", "--to", "local"],
      ["--from", "local", "--to", "nowhere"],
      ["--from", "local"],
      ["--from", "local", "--to", "offsite", "--all", "--at", "2026-11-20"],
    ])
      expect((await copy(...args)).exitCode).toBe(2);
  });
});
