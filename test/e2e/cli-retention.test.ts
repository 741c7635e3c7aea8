/** Which rules hold in which store, as the command line tells it. */
import { describe, expect, it, onTestFinished } from "vitest";

import { FakeGcs } from "../fakes/gcs/fake-gcs.ts";
import { testStack } from "./test-stack.ts";

const JOB = { retention: { daily: 14 }, keepFor: { offsite: { monthly: 12 } } };

describe("the retention of a job", () => {
  it("is told by status and by show, of each store by its own", async () => {
    const stack = testStack({ stores: ["local", "offsite"], jobs: { data: JOB } });
    stack.write({ file: "content" });
    const point = await stack.backUp();
    const { stdout } = await stack.run("status");
    expect(stdout).toMatch(/RETENTION\n.* local .*keep 14 daily; at least 1 verified *\n/);
    expect(stdout).toMatch(/ offsite .*keep 12 monthly; at least 1 verified \(keepFor\)/);
    const shown = (await stack.done("show", point)).stdout;
    expect(shown).toMatch(/^local .*keep 14 daily; at least 1 verified \(by retention\)/m);
    expect(shown).toMatch(/^offsite .*keep 12 monthly; at least 1 verified \(by keepFor\)/m);
    const { stores } = JSON.parse((await stack.done("show", point, "--json")).stdout) as {
      stores: { store: string; retention: object }[];
    };
    expect(stores.map(({ retention }) => retention)).toEqual([
      { policy: "keep 14 daily; at least 1 verified", from: "retention" },
      { policy: "keep 12 monthly; at least 1 verified", from: "keepFor" },
    ]);
  });

  it("that is shorter than a storage class is billed for is told by config check and doctor", async () => {
    const gcs = await FakeGcs.start();
    onTestFinished(() => gcs.close());
    const cold = { kind: "gcs", bucket: gcs.bucket.name, storageClass: "NEARLINE", endpoint: gcs.url };
    const jobs = { data: { retention: { daily: 14 }, schedule: "0 3 * * *" } };
    const stack = testStack({ stores: ["local"], otherStores: { cold }, jobs });
    const told = "after 14 d, and its storage class NEARLINE is billed for at least 30 d";
    const checked = await stack.done("config", "check");
    expect(checked.stderr).toContain(told);
    expect(JSON.parse((await stack.done("config", "check", "--json")).stdout)).toMatchObject({
      warnings: [expect.stringContaining(told) as string],
    });
    expect((await stack.run("doctor", "--store", "cold")).stdout).toContain(told);
    expect((await stack.run("doctor", "--store", "local")).stdout).not.toContain(told);
  });
});
