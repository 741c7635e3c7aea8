import { describe, expect, it } from "vitest";
import { gcsStore } from "../../../test/fakes/gcs/gcs-store.ts";

describe("a look at how a bucket is set up", () => {
  it("finds nothing where every right is there, and touches no object", async () => {
    const { gcs, store } = await gcsStore();
    expect(await store.inspect()).toEqual([]);
    expect(gcs.requests.map(({ operation }) => operation)).toEqual(["rights", "rights"]);
  });

  it("names each right that is missing, what does not work without it, and the role that has it", async () => {
    const { gcs, store } = await gcsStore();
    gcs.api.rights.delete("storage.objects.delete");
    gcs.api.rights.delete("storage.objects.get");
    const told = await store.inspect();
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/storage\.objects\.get .*nothing can be verified or restored .*objectViewer/);
    expect(told[1]).toMatch(/storage\.objects\.delete .*nothing can be pruned.*objectUser/);
  });

  it("needs no right to look at the bucket itself", async () => {
    const { gcs, store } = await gcsStore();
    gcs.api.rights.delete("storage.buckets.get");
    expect(await store.inspect()).toEqual([]);
  });

  it("warns of a retention policy of the whole bucket, which keeps locks", async () => {
    const { gcs, store } = await gcsStore();
    gcs.bucket.retentionExpires = "2126-01-01T00:00:00Z";
    expect(await store.inspect()).toEqual([expect.stringMatching(/retention policy of 30 d: .*lock/)]);
  });
});
