/** A stack whose backups go to Cloud Storage, by the command line from the first backup to the last prune. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";

import { FakeGcs } from "../fakes/gcs/fake-gcs.ts";
import { testStack } from "./test-stack.ts";

async function stackWithBucket() {
  const gcs = await FakeGcs.start();
  onTestFinished(async () => {
    await gcs.close();
    expect(gcs.violations).toEqual([]);
  });
  const offsite = { kind: "gcs", bucket: gcs.bucket.name, prefix: "acme", endpoint: gcs.url };
  const jobs = { data: { retention: { last: 1 }, full: "always" } };
  return { gcs, stack: testStack({ stores: [], otherStores: { offsite }, jobs }) };
}

describe("Cloud Storage as a store", () => {
  it("takes backups, gives files and everything back, verifies and prunes", async () => {
    const { gcs, stack } = await stackWithBucket();
    // More than one block once it is compressed.
    const large = randomBytes(9_000_000);
    stack.write({ large, "a/small": "small" });
    const first = await stack.backUp();
    expect(gcs.seen("block").length).toBeGreaterThan(0);
    await stack.done("verify", "data");

    await stack.done("restore", "data", "--to", stack.path("whole"));
    expect(readFileSync(stack.path("whole/large")).equals(large)).toBe(true);
    expect((await stack.done("cat", first, "a/small")).stdout).toBe("small");

    const second = await stack.backUp();
    await stack.done("prune", "data");
    expect(await stack.points()).toEqual([second]);
    const names = [...gcs.bucket.objects.keys()];
    expect(names.every((name) => name.startsWith("acme/test/"))).toBe(true);
    expect(names.some((name) => name.includes(first) || name.includes("/.locks/"))).toBe(false);
  });

  it("is looked at by doctor, who leaves nothing and names a right that is missing", async () => {
    const { gcs, stack } = await stackWithBucket();
    stack.write({ file: "content" });
    expect((await stack.run("doctor", "--store", "offsite")).stdout).toContain(
      "gives it back, whole and in part, lists it and deletes it.",
    );
    expect(gcs.bucket.objects.size).toBe(0);
    gcs.api.rights.delete("storage.objects.create");
    const { exitCode, stdout } = await stack.run("doctor", "--store", "offsite");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/lacks the right storage\.objects\.create on the bucket backups; grant it/);
    expect(stdout).toMatch(/storage\.objects\.create .* is missing: without it nothing can be backed up/);
  });

  it("that cuts uploads and storms costs no backup", async () => {
    const { gcs, stack } = await stackWithBucket();
    stack.write({ large: randomBytes(20_000_000) });
    gcs.inject("block", { kind: "cut-after", bytes: 3_000_000 });
    gcs.inject("finish", { kind: "lose-answer" });
    gcs.inject("insert", { kind: "refuse", status: 503 });
    await stack.backUp();
    await stack.done("verify", "data");
  });
});
