import { readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { testStack } from "./test-stack.ts";

it("tells everywhere that a point is partial by design, and takes nothing away by it", async () => {
  const stack = testStack();
  const source = { kind: "volume", path: stack.source(), modifiedWithin: "30d" };
  stack.configure({ jobs: { data: { source, schedule: "0 3 * * *" } } });
  stack.write({ "runs/new": "new", "runs/old": "old" });
  utimesSync(join(stack.source(), "runs/old"), 1, 1);
  const point = await stack.backUp();

  expect((await stack.done("show", point)).stdout).toMatch(
    /^Partial +by design: only what was modified in the 30d before it \(since 20\d\d-.*\), 1 older file left out$/m,
  );
  expect((await stack.done("list")).stdout).toMatch(/last 30d only$/m);
  const status = await stack.done("status");
  expect(status.stdout).toContain(
    "Points of data are partial by design: they hold only what was modified in the 30d before.",
  );
  const restored = await stack.done("restore", "data", "--to", stack.path("out"));
  expect(restored.stdout).toContain(
    "It is partial by design: it holds only what was modified in the 30d before it.",
  );
  expect(readdirSync(stack.path("out/runs"))).toEqual(["new"]);

  for (const args of [[], ["--path", "runs"]]) {
    const refused = await stack.run("restore", "data", "--in-place", "--yes", ...args);
    expect(refused).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining("what is older would be taken out of") as string,
    });
  }
  expect(readFileSync(join(stack.source(), "runs/old"), "utf8")).toBe("old");
  const kept = await stack.done("restore", "data", "--in-place", "--yes", "--keep-old", "--json");
  const { kept: place, modifiedWithinSeconds } = JSON.parse(kept.stdout) as Record<string, unknown>;
  expect(readFileSync(join(String(place), "runs/old"), "utf8")).toBe("old");
  expect(modifiedWithinSeconds).toBe(30 * 24 * 3600);
});
