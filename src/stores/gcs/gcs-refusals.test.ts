import { describe, expect, it } from "vitest";
import { bodyOf, bytesOf, keysOf, listed, patternBody, textOf } from "../../../test/contract/bytes.ts";
import { gcsStore, storeOver } from "../../../test/fakes/gcs/gcs-store.ts";

const UNTIL = "2126-01-01T00:00:00Z";

describe("Cloud Storage that refuses", () => {
  const calls = {
    create: (store: ReturnType<typeof storeOver>) => store.put("stack/new", bodyOf("x")),
    get: (store: ReturnType<typeof storeOver>) => store.stat("stack/object"),
    list: (store: ReturnType<typeof storeOver>) => listed(store),
    delete: (store: ReturnType<typeof storeOver>) => store.delete("stack/object"),
  };
  const roles = { create: "Creator", get: "Viewer", list: "Viewer", delete: "User" };

  it.each(Object.keys(calls) as (keyof typeof calls)[])(
    "for want of a right names it, who lacks it and the role that has it: %s",
    async (right) => {
      const { gcs, store } = await gcsStore();
      await store.put("stack/object", bodyOf("x"));
      gcs.api.rights.delete(`storage.objects.${right}`);
      const refused = expect(calls[right](store)).rejects;
      await refused.toThrow(
        `backup@acme.iam.gserviceaccount.com lacks the right storage.objects.${right} on the bucket backups; ` +
          `grant it, for example by the role roles/storage.object${roles[right]}.`,
      );
      await refused.toMatchObject({ code: "store", transient: false });
    },
  );

  it("names the right that a download lacks, whose error comes as text", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("x"));
    gcs.api.rights.delete("storage.objects.get");
    await expect(textOf(store.get("stack/object"))).rejects.toThrow("lacks the right storage.objects.get");
  });

  it("says that the bucket is not there, whatever is asked of it", async () => {
    const { gcs } = await gcsStore();
    const store = storeOver(gcs, { options: { bucket: "bakcups" } });
    const sentence = "there is no bucket bakcups; check `bucket`, or create it.";
    await expect(store.put("stack/object", bodyOf("x"))).rejects.toThrow(sentence);
    await expect(store.put("stack/object", patternBody(600_000, [1000]))).rejects.toThrow(sentence);
    await expect(store.stat("stack/object")).rejects.toThrow(sentence);
    await expect(textOf(store.get("stack/object"))).rejects.toThrow(sentence);
    await expect(listed(store)).rejects.toThrow(sentence);
    await expect(store.delete("stack/object")).rejects.toThrow(sentence);
    await expect(store.inspect()).rejects.toThrow(sentence);
  });

  it("asks who pays, and is told the project", async () => {
    const { gcs, store } = await gcsStore();
    const message = "Bucket is a requester pays bucket but no user project provided.";
    gcs.inject("list", { kind: "refuse", status: 400, reason: "required", message });
    await expect(listed(store)).rejects.toThrow("name the project that pays as `project`");
    await listed(storeOver(gcs, { options: { project: "acme-backup" } }));
    expect(gcs.requests.at(-1)?.url).toContain("userProject=acme-backup");
  });

  it("with something that is no answer of it is not believed", async () => {
    const { gcs, store } = await gcsStore();
    gcs.inject("list", { kind: "refuse", status: 418, message: "a\u0007 teapot\nof a proxy" });
    await expect(listed(store)).rejects.toThrow(
      "the store refused with 418 backendError (a teapot of a proxy)",
    );
  });

  it("because nobody is there says so, as trouble that may pass", async () => {
    const { gcs } = await gcsStore();
    const closed = storeOver(gcs, { options: { endpoint: "http://127.0.0.1:1" } });
    const refused = expect(listed(closed)).rejects;
    await refused.toThrow("the connection was refused");
    await refused.toMatchObject({ code: "store", transient: true });
  });
});

describe("an object that Cloud Storage keeps", () => {
  it.each([
    ["by object retention", { retainUntil: UNTIL }],
    ["by the bucket's policy", { retentionExpires: UNTIL }],
  ])("%s is kept until then, which a delete and a replacement say", async (_how, kept) => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("x"));
    Object.assign(gcs.bucket.objects.get("stack/object")!, kept);
    const retained = { code: "retained", facts: { until: Date.parse(UNTIL) } };
    await expect(store.delete("stack/object")).rejects.toMatchObject(retained);
    const replacing = store.put("stack/object", bodyOf("y"), { replace: true });
    await expect(replacing).rejects.toMatchObject(retained);
    await expect(store.delete("stack/object")).rejects.toThrow(
      "Deleting offsite:stack/object failed: kept by the store until 2126-01-01T00:00:00.000Z.",
    );
    expect(await keysOf(store)).toEqual(["stack/object"]);
  });

  it("under a hold is kept nobody knows how long", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("x"));
    Object.assign(gcs.bucket.objects.get("stack/object")!, { temporaryHold: true, retainUntil: UNTIL });
    const deleted = store.delete("stack/object");
    await expect(deleted).rejects.toThrow("kept by the store under a hold.");
    await expect(deleted).rejects.toMatchObject({ code: "retained", transient: false });
  });
});

describe("a delete in Cloud Storage", () => {
  it("names the generation, so that a lost answer never costs what was put meanwhile", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("old"));
    const { generation } = gcs.bucket.objects.get("stack/object")!;
    await store.delete("stack/object");
    expect(gcs.seen("delete")[0]?.url).toContain(`generation=${generation}`);
  });

  it("that finds the object gone, or another in its place, leaves it at that", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("old"));
    gcs.inject("find", { kind: "lose-answer" });
    await expect(store.delete("stack/object")).rejects.toMatchObject({ transient: true });
    gcs.inject("delete", { kind: "lose-answer" });
    await expect(store.delete("stack/object")).rejects.toMatchObject({ transient: true });
    await store.delete("stack/object");
  });
});

describe("a listing of Cloud Storage", () => {
  it("goes over pages, of 1,000 objects each, in one request a page", async () => {
    const { gcs, store } = await gcsStore();
    const names = Array.from({ length: 10_000 }, (_, index) => `stack/${index % 13}/object ${index}`);
    for (const name of names)
      gcs.bucket.create(name, { bytes: Buffer.alloc(0), size: 0, crc32c: "AAAAAA==" }, {});
    expect(await keysOf(store, "stack/")).toEqual(names.sort());
    expect(gcs.seen("list")).toHaveLength(10);
  });

  it("goes on over pages that the store leaves short", async () => {
    const { gcs, store } = await gcsStore();
    gcs.api.pageSize = 1;
    for (const name of ["a", "b", "c"]) await store.put(name, bodyOf(name));
    expect(await keysOf(store)).toEqual(["a", "b", "c"]);
  });

  it("that breaks off in the middle is an error, not a short list", async () => {
    const { gcs, store } = await gcsStore();
    gcs.api.pageSize = 2;
    for (const name of ["a", "b", "c"]) await store.put(name, bodyOf(name));
    const listing = store.list("");
    for (const key of ["a", "b"]) expect((await listing.next()).value).toMatchObject({ key });
    gcs.inject("list", { kind: "refuse", status: 503 });
    await expect(listing.next()).rejects.toMatchObject({ code: "store", transient: true });
  });

  it("leaves alone what is no object of ours, within the prefix and beside it", async () => {
    const { gcs } = await gcsStore();
    const store = storeOver(gcs, { options: { prefix: "backups" } });
    await store.put("stack/object", bodyOf("x"));
    const empty = { bytes: Buffer.alloc(0), size: 0, crc32c: "AAAAAA==" };
    for (const name of [
      "backups/",
      "backups/stack/",
      "backups//odd",
      "backups-2/stack/object",
      "stack/object",
    ]) {
      gcs.bucket.create(name, empty, {});
    }
    expect(await keysOf(store)).toEqual(["stack/object"]);
    expect(await keysOf(store, "stack/")).toEqual(["stack/object"]);
  });
});

describe("an object in Cloud Storage", () => {
  it("has the class that is configured, and otherwise the bucket's", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("default", bodyOf("x"));
    const cold = storeOver(gcs, { options: { storageClass: "COLDLINE" } });
    await cold.put("small", bodyOf("x"));
    await cold.put("big", patternBody(600_000, [1000]));
    const classOf = (name: string) => gcs.bucket.objects.get(name)?.sent["storageClass"];
    expect(["default", "small", "big"].map(classOf)).toEqual([undefined, "COLDLINE", "COLDLINE"]);
  });

  it("is read in a range by one request without a look at it before", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("object", bodyOf("0123456789"));
    gcs.requests.length = 0;
    expect((await bytesOf(store.get("object", { range: { offset: 2, length: 3 } }))).toString()).toBe("234");
    expect(gcs.requests).toHaveLength(1);
  });
});
