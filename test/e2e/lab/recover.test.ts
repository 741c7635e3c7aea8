/** A stack with an app that writes to DuckDB and an uploads directory, PostgreSQL and Redis: lost with all its volumes, and recovered. */
import { beforeAll, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { run } from "./command.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { planOf, readFacts, writeFacts, type Facts } from "./recover-stack.ts";
import { standUp } from "./sidecar-stack.ts";

describeInLab("the recovery of a stack", (lab) => {
  const stack = standUp(lab, planOf(lab));
  let before: Facts;

  beforeAll(async () => {
    await waitUntil("the app writes", async () => (await readFacts(stack)).events > 3, 60_000);
    await writeFacts(stack);
    before = await readFacts(stack);
    const backup = await stack.holdfast("backup");
    expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  });

  const isAsBefore = async (): Promise<void> => {
    const now = await readFacts(stack);
    expect(now.events).toBeGreaterThanOrEqual(before.events);
    expect(now).toMatchObject({ isWhole: true, ledger: before.ledger, cached: before.cached });
  };

  const recover = (...args: string[]) =>
    stack.tryCompose("run", "--rm", "-T", "backup", "recover", "--yes", ...args);

  /** All but the store. */
  const loseEverything = async (): Promise<void> => {
    await stack.compose("down", "--timeout", "5");
    const volumes = ["app_data", "cache_data", "db_data", "state"].map((name) => `${stack.project}_${name}`);
    await docker(lab, "volume", "rm", ...volumes);
  };

  it("shows what would be lost, and begins nothing without a yes", async () => {
    const { stdout, exitCode } = await stack.holdfast("recover", "--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^data +volume +\S+ +local +\S+ \S+Z +\d+ \w+/m);
    expect(stdout).toMatch(/^users +dump to db /m);
    expect(stdout).toContain("Stops first, in this order: app, cache.");
    expect(await stack.holdfast("recover")).toMatchObject({ exitCode: 5 });
    await isAsBefore();
  });

  it("says how to make the containers when there are none, then brings everything back after everything is lost but the store", async () => {
    await loseEverything();
    const first = await recover();
    expect(first.exitCode, first.stderr).toBe(5);
    expect(first.stderr).toContain("there is no container of db to restore a dump into");
    const [, command = ""] = /`docker (compose [^`]* up --no-start)`/.exec(first.stderr) ?? [];
    const made = await run("/usr/bin/docker", command.split(" "), { env: lab.env });
    expect(made, made.stderr).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout, stderr } = await recover();
    expect(exitCode, stderr + stdout).toBe(0);
    expect(stdout).toContain("The stack is back, and every check has passed.");
    await stack.compose("up", "--detach", "--wait", "--no-recreate");
    await isAsBefore();
  });
});
