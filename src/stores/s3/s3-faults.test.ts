import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBody, sha256Of, textOf } from "../../../test/contract/bytes.ts";
import { S3Failure } from "../../../test/fakes/s3/failure.ts";
import { FakeS3, type Fault } from "../../../test/fakes/s3/fake-s3.ts";
import { storeOn } from "../../../test/fakes/s3/fake-s3-store.ts";

const MIB = 2 ** 20;
const BUSY: Fault = { kind: "answer", failure: new S3Failure(503, "SlowDown", "Reduce your request rate") };

let fake: FakeS3;

beforeEach(async () => {
  fake = await FakeS3.start();
});

afterEach(() => fake.stop());

describe("a small object put to S3", () => {
  it.each([
    BUSY,
    { kind: "answer", failure: new S3Failure(429, "TooManyRequests", "") },
    { kind: "answer", failure: new S3Failure(409, "ConditionalRequestConflict", "") },
    { kind: "cut" },
    { kind: "lose-answer" },
    { kind: "corrupt" },
    { kind: "drop" },
  ] satisfies Fault[])("is there once and whole after two faults: %o", async (fault) => {
    await storeOn(fake).put("warm/up", bodyOf("x"));
    for (const conditions of ["kept", "ignored", "refused"] as const) {
      fake.settings.conditions = conditions;
      for (const replace of [false, true]) {
        const [store, key] = [storeOn(fake), `stack/${conditions}-${replace}`];
        fake.inject("PutObject", fault, 2);
        expect(await store.put(key, bodyOf("hello"), { replace })).toMatchObject({ key, size: 5 });
        expect(await textOf(store.get(key))).toBe("hello");
      }
    }
  });

  it("is refused when its answer was lost and its key was another's", async () => {
    const store = storeOn(fake);
    await store.put("stack/object", bodyOf("first"));
    fake.inject("PutObject", { kind: "lose-answer" });
    await expect(store.put("stack/object", bodyOf("again"))).rejects.toMatchObject({
      code: "already-exists",
    });
    expect(await textOf(store.get("stack/object"))).toBe("first");
  });

  it("is put with one request and one look once the server is known to keep conditions", async () => {
    const store = storeOn(fake);
    await store.put("stack/first", bodyOf("x"));
    fake.asked.length = 0;
    await store.put("stack/second", bodyOf("x"));
    expect(fake.asked).toEqual(["PutObject", "HeadObject"]);
  });

  it("is looked for first where the server does not keep conditions", async () => {
    fake.settings.conditions = "ignored";
    const store = storeOn(fake);
    await store.put("stack/first", bodyOf("x"));
    fake.asked.length = 0;
    await store.put("stack/second", bodyOf("x"));
    expect(fake.asked).toEqual(["HeadObject", "PutObject", "HeadObject"]);
  });

  it("fails when the store keeps dropping it", async () => {
    fake.inject("PutObject", { kind: "drop" }, 1000);
    await expect(storeOn(fake).put("stack/object", bodyOf("x"))).rejects.toThrow(
      "the store took the object and does not have it",
    );
  });

  it("carries an MD5 from then on when the server asks for one", async () => {
    fake.settings.wantsMd5 = true;
    const store = storeOn(fake);
    await store.put("stack/object", bodyOf("hello"));
    await store.put("stack/big", patternBody(6 * MIB, [MIB]));
    expect(await textOf(store.get("stack/object"))).toBe("hello");
  });

  it("is kept as the config says", async () => {
    const store = storeOn(fake, { storageClass: "STANDARD_IA", sse: "aws:kms", sseKmsKeyId: "key-1" });
    await store.put("stack/object", bodyOf("hello"));
    await store.put("stack/big", patternBody(6 * MIB, [MIB]));
    for (const key of ["stack/object", "stack/big"]) {
      expect(fake.bucket.objects.get(key)?.headers).toMatchObject({
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
      });
    }
  });
});

describe("reading from S3", () => {
  const size = 3 * MIB + 11;

  beforeEach(() =>
    storeOn(fake)
      .put("stack/object", patternBody(size, [MIB]))
      .then(() => undefined),
  );

  it.each([
    { kind: "cut-body", after: 1_000_000 },
    { kind: "stall-body", after: 1_000_000 },
  ] satisfies Fault[])("goes on where the connection failed: %o", async (fault) => {
    const store = storeOn(fake, {}, { stallLimit: 1000 });
    fake.inject("GetObject", fault, 2);
    expect(await sha256Of(store.get("stack/object"))).toBe(await sha256Of(patternBody(size, [MIB])));
    expect(fake.count("GetObject")).toBeGreaterThanOrEqual(3);
  });

  it("goes on within a range", async () => {
    fake.inject("GetObject", { kind: "cut-body", after: 700_000 });
    const range = { offset: 17, length: 2 * MIB };
    const whole = await sha256Of(storeOn(fake).get("stack/object", { range }));
    expect(whole).toBe(await sha256Of(storeOn(fake).get("stack/object", { range })));
  });

  it("fails rather than goes on with the bytes of another object", async () => {
    const store = storeOn(fake);
    fake.inject("GetObject", { kind: "cut-body", after: 1_000_000 });
    const reading = (async () => {
      for await (const chunk of store.get("stack/object")) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        fake.bucket.put("stack/object", { bytes: Buffer.alloc(size), modifiedAt: 0, headers: {} });
      }
    })();
    await expect(reading).rejects.toThrow("the object was replaced while it was read");
  });

  it("leaves it to the caller to begin again", async () => {
    fake.inject("GetObject", BUSY);
    await expect(textOf(storeOn(fake).get("stack/object"))).rejects.toMatchObject({ transient: true });
    expect(fake.count("GetObject")).toBe(1);
  });
});

describe("a store in a part of a bucket", () => {
  it("sees nothing of its neighbours, whose names begin alike", async () => {
    const [ours, theirs, whole] = [
      storeOn(fake, { prefix: "backups/a" }),
      storeOn(fake, { prefix: "backups/a-b" }),
      storeOn(fake),
    ];
    await ours.put("stack/object", bodyOf("ours"));
    await theirs.put("stack/object", bodyOf("theirs"));
    expect(await keysOf(ours)).toEqual(["stack/object"]);
    expect(await keysOf(whole)).toEqual(["backups/a-b/stack/object", "backups/a/stack/object"]);
    await ours.delete("stack/object");
    expect(await textOf(theirs.get("stack/object"))).toBe("theirs");
  });

  it("leaves out what is no key of ours", async () => {
    const store = storeOn(fake);
    await store.put("stack/object", bodyOf("x"));
    const { objects } = fake.bucket;
    const [some] = objects.values();
    for (const name of ["stack/", "stack/a//b", "stack/line\nbreak", "stack/../up"]) {
      if (some !== undefined) objects.set(name, some);
    }
    expect(await keysOf(store)).toEqual(["stack/object"]);
  });
});
