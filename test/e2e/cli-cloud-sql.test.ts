/** An instance of Cloud SQL, by the command line: backed up, listed, shown, watched, pruned, and not restored by us. */
import { expect, it, onTestFinished } from "vitest";

import { FakeCloudSql } from "../fakes/cloud-sql/fake-cloud-sql.ts";
import { testStack } from "./test-stack.ts";

it("has its backups made, watched and pruned, and says how one is restored", async () => {
  const cloud = await FakeCloudSql.start(() => Date.now());
  onTestFinished(async () => {
    await cloud.close();
    expect(cloud.violations).toEqual([]);
  });
  cloud.looks = 0;
  const source = { kind: "cloud-sql", project: "acme", instance: "main", endpoint: cloud.url };
  const automatic = { source: { ...source, observe: true } };
  const stack = testStack({
    jobs: { users: { source, retention: { last: 1 }, freshness: { maxAge: "26h" } }, automatic },
  });
  cloud.addRun();
  const first = await stack.backUp("users");
  const second = await stack.backUp("users");
  const id = cloud.runs[0]?.id ?? "";
  expect(cloud.runs.map(({ type }) => type)).toEqual(["ON_DEMAND", "AUTOMATED"]);
  expect(await stack.points()).not.toContain(first);
  expect((await stack.done("show", second)).stdout).toMatch(
    new RegExp(`^Backup +${id} of the instance main in project acme$`, "m"),
  );
  const { stdout } = await stack.done("status");
  expect(stdout).toMatch(/users +cloud-sql-main +fresh/);
  expect(stdout).toMatch(/automatic +cloud-sql-main +fresh/);

  const restore = await stack.run("restore", "users");
  expect(restore).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining(
      `gcloud sql backups restore ${id} --project=acme --restore-instance=main --backup-instance=main`,
    ) as string,
  });
  for (const args of [
    ["restore", "users", "--to", stack.path("out")],
    ["ls", second],
    ["verify", "users"],
  ]) {
    expect(await stack.run(...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("`holdfast restore users` says how") as string,
    });
  }
  expect(await stack.run("backup", "automatic")).toMatchObject({ exitCode: 5 });
});
