/** One bucket for several: stacks whose names begin alike, and two sidecars of one stack that do not see each other's disks. */
import { describe, expect, it, onTestFinished } from "vitest";

import { FakeGcs } from "../fakes/gcs/fake-gcs.ts";
import { FAKE_KEYS, FAKE_REGION, FakeS3 } from "../fakes/s3/fake-s3.ts";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

interface SharedBucket {
  options: Record<string, unknown>;
  keys: () => string[];
}

const BUCKETS: Record<string, () => Promise<SharedBucket>> = {
  async s3() {
    const s3 = await FakeS3.start();
    onTestFinished(() => s3.stop());
    const place = { kind: "s3", bucket: s3.bucketName, endpoint: s3.endpoint, region: FAKE_REGION };
    return { options: { ...place, ...FAKE_KEYS }, keys: () => [...s3.bucket.objects.keys()] };
  },
  async gcs() {
    const gcs = await FakeGcs.start();
    onTestFinished(async () => {
      await gcs.close();
      expect(gcs.violations).toEqual([]);
    });
    const options = { kind: "gcs", bucket: gcs.bucket.name, endpoint: gcs.url };
    return { options, keys: () => [...gcs.bucket.objects.keys()] };
  },
};

function sidecar({ options }: SharedBucket, config: Record<string, unknown>) {
  const jobs = { data: { retention: { last: 1 }, full: "always" } };
  return testStack({ stores: [], otherStores: { offsite: options }, jobs, ...config });
}

describe.each(Object.keys(BUCKETS))("a bucket of kind %s", (kind) => {
  const bucket = () => (BUCKETS[kind] ?? BUCKETS["s3"]!)();

  it("holds two stacks whose names begin alike, and nothing that one does touches the other", async () => {
    const shared = await bucket();
    const [web, web2] = [sidecar(shared, { stack: "web" }), sidecar(shared, { stack: "web-2" })];
    for (const stack of [web, web2]) stack.write({ file: stack.root });
    const others = await web2.backUp();
    const objects = shared.keys().filter((key) => key.startsWith("web-2/"));
    expect(objects.length).toBeGreaterThan(2);

    await web.backUp();
    const second = await web.backUp();
    await web.done("prune", "data");

    expect(await web.points()).toEqual([second]);
    expect(await web2.points()).toEqual([others]);
    expect(shared.keys().filter((key) => key.startsWith("web-2/"))).toEqual(objects);
    await web2.done("verify", "data");
    expect((await web.run("show", others)).exitCode).not.toBe(0);
  });

  it("lets one sidecar of a stack at a time write, and takes over from one that was killed", async () => {
    const shared = await bucket();
    const [first, second] = [sidecar(shared, {}), sidecar(shared, {})];
    second.write({ file: "content" });
    first.makeEndless();
    const endless = first.start("backup", "data");
    await waitUntil("its lock", () => shared.keys().some((key) => key.includes("/.locks/")));

    const refused = await second.run("backup", "data");
    expect(refused.exitCode).toBe(5);
    expect(refused.stdout).toMatch(/is locked by backup of job data \(pid \d+ on host .+, since .+\)/);

    endless.kill("SIGKILL");
    await endless.ended;
    const point = await second.backUp();
    expect(await second.points()).toEqual([point]);
    const left = shared.keys().filter((key) => !key.includes(point));
    expect(left).toEqual([]);
  });
});
