/** Stacks whose daily identity may not delete, and buckets that let nobody: by the command line, backup after backup. */
import { describe, expect, it, onTestFinished } from "vitest";

import { FakeGcs } from "../fakes/gcs/fake-gcs.ts";
import { FAKE_KEYS, FAKE_PRUNE_KEYS, FAKE_REGION, FakeS3 } from "../fakes/s3/fake-s3.ts";
import { testStack, type TestStack } from "./test-stack.ts";

const DELETE = "storage.objects.delete";

async function onGcs(options: object = {}) {
  const gcs = await FakeGcs.start();
  onTestFinished(async () => {
    await gcs.close();
    expect(gcs.violations).toEqual([]);
  });
  const offsite = { kind: "gcs", bucket: gcs.bucket.name, endpoint: gcs.url, ...options };
  const jobs = { data: { retention: { last: 1 } } };
  const stack = testStack({ stores: [], otherStores: { offsite }, jobs });
  return {
    gcs,
    stack,
    locks: () => [...gcs.bucket.objects.keys()].filter((name) => name.includes("/.locks/")),
  };
}

async function onS3({ denied, ...options }: { denied: string[]; [option: string]: unknown }) {
  const s3 = await FakeS3.start({ denied });
  onTestFinished(() => s3.stop());
  const place = { kind: "s3", bucket: s3.bucketName, endpoint: s3.endpoint, region: FAKE_REGION };
  const jobs = { data: { retention: { last: 1 }, full: "always" } };
  const stack = testStack({
    ...{ stores: [], jobs },
    otherStores: { offsite: { ...place, ...FAKE_KEYS, ...options } },
  });
  return { s3, stack };
}

/** A full and two incrementals, none of which has anything to complain of. */
async function threeBackups(stack: TestStack): Promise<string[]> {
  const ids: string[] = [];
  for (const content of ["one", "two", "three"]) {
    stack.write({ [content]: content, same: "same" });
    ids.unshift(await stack.backUp());
  }
  return ids;
}

describe("an identity that may only add", () => {
  it("makes backup after backup, and leaves pruning to who may delete, elsewhere", async () => {
    const { gcs, stack, locks } = await onGcs({ pruning: "${HOLDFAST_PRUNING:-elsewhere}" });
    gcs.api.rights.delete(DELETE);
    const [third = "", ...others] = await threeBackups(stack);
    expect(await stack.points()).toEqual([third, ...others]);
    const { stdout } = await stack.done("show", third);
    expect(stdout).toContain(others.at(-1));
    await stack.done("verify", "data");
    await stack.done("restore", "data", "--to", stack.path("restored"));
    const doctor = await stack.done("doctor", "--store", "offsite");
    expect(doctor.stdout).toContain("another identity deletes");
    const refused = await stack.run("prune", "data");
    expect(refused).toMatchObject({ exitCode: 5 });
    expect(refused.stdout).toContain("`pruning: elsewhere`");

    await stack.done("backup", "data", "--full");
    gcs.api.rights.add(DELETE);
    await stack.runWith({ env: { HOLDFAST_PRUNING: "here" } }, "prune", "data");
    expect(await stack.points()).toHaveLength(1);
    expect(locks()).toEqual([]);
  });

  it("fails a prune by one sentence that names the right and what to do", async () => {
    const { gcs, stack } = await onGcs();
    gcs.api.rights.delete(DELETE);
    stack.write({ file: "content" });
    await stack.backUp();
    const partial = await stack.run("backup", "data", "--full");
    expect(partial.exitCode).toBe(3);
    const failed = await stack.run("prune", "data");
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toMatch(
      /lacks the right storage\.objects\.delete on the bucket backups.*pruneCredentials/,
    );
    expect(await stack.points()).toHaveLength(2);
  });

  it("may be the daily one of a store whose points another one removes", async () => {
    const denied = ["s3:DeleteObject"];
    const { s3, stack } = await onS3({ denied, pruneCredentials: FAKE_PRUNE_KEYS });
    stack.write({ file: "content" });
    await stack.backUp();
    const second = await stack.backUp();
    expect(await stack.points()).toEqual([second]);
    expect([...s3.bucket.objects.keys()].filter((key) => key.includes("/.locks/"))).toEqual([]);
    await stack.done("pin", second);
    await stack.done("unpin", second);
    await stack.done("doctor", "--store", "offsite");
    expect((await stack.done("config", "show")).stdout).not.toContain(FAKE_PRUNE_KEYS.secretAccessKey);
  });

  it("is told when the identity that prunes may not delete either", async () => {
    const denied = ["s3:DeleteObject"];
    const { stack } = await onS3({ denied, pruneCredentials: FAKE_KEYS });
    stack.write({ file: "content" });
    await stack.backUp();
    const { exitCode, stdout, stderr } = await stack.run("backup", "data");
    expect(exitCode).toBe(3);
    expect(stdout + stderr).toContain("the right s3:DeleteObject on the bucket backups is missing");
  });
});

describe("a bucket with a retention policy", () => {
  it("takes backup after backup and a prune, which says until when points are kept", async () => {
    const { gcs, stack, locks } = await onGcs();
    gcs.bucket.retentionExpires = "2126-01-01T00:00:00Z";
    const ids = await threeBackups(stack);
    await stack.done("backup", "data", "--full");
    const { stdout } = await stack.done("prune", "data");
    expect(stdout).toContain("kept by the store until 2126-01-01");
    expect(await stack.points()).toHaveLength(ids.length + 1);
    expect(locks().length).toBeGreaterThan(0);

    gcs.bucket.retentionExpires = undefined;
    for (const object of gcs.bucket.objects.values()) delete object.retentionExpires;
    await stack.done("prune", "data");
    expect(await stack.points()).toHaveLength(1);
    expect(locks()).toEqual([]);
  });
});
