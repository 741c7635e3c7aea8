import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBody, textOf } from "../../../test/contract/bytes.ts";
import { S3Failure } from "../../../test/fakes/s3/failure.ts";
import { FakeS3 } from "../../../test/fakes/s3/fake-s3.ts";
import { storeOn } from "../../../test/fakes/s3/fake-s3-store.ts";
import type { S3Store } from "./s3-store.ts";

const MIB = 2 ** 20;

let fake: FakeS3;

beforeEach(async () => {
  fake = await FakeS3.start();
});

afterEach(() => fake.stop());

/** What a user is told by each thing that can be done. */
const ACTIONS: Record<string, (store: S3Store) => Promise<unknown>> = {
  put: (store) => store.put("stack/object", bodyOf("x")),
  get: (store) => textOf(store.get("stack/object")),
  stat: (store) => store.stat("stack/object"),
  list: (store) => keysOf(store, "stack/"),
  delete: (store) => store.delete("stack/object"),
  removeLeftovers: (store) => store.removeLeftovers("stack/"),
};

async function messages(store: S3Store): Promise<Record<string, string>> {
  const said = Object.entries(ACTIONS).map(async ([name, action]) => {
    const error = await action(store).then(
      () => "nothing",
      (thrown: Error) => thrown.message.replace(/^.*? failed: /, ""),
    );
    return [name, error] as const;
  });
  return Object.fromEntries(await Promise.all(said));
}

async function expectAll(store: S3Store, sentence: string): Promise<void> {
  const expected = Object.fromEntries(Object.keys(ACTIONS).map((name) => [name, sentence]));
  expect(await messages(store)).toEqual(expected);
}

describe("what S3 refuses is said in one sentence with what to change", () => {
  it("a wrong access key", () =>
    expectAll(
      storeOn(fake, { accessKeyId: "AKIDWRONG" }),
      "the store does not know the access key; check `accessKeyId`.",
    ));

  it("a wrong secret key", () =>
    expectAll(
      storeOn(fake, { secretAccessKey: "wrong" }),
      "the secret key is not that of the access key; check `accessKeyId` and `secretAccessKey`.",
    ));

  it("a wrong region", () =>
    expectAll(
      storeOn(fake, { region: "us-west-9" }),
      "the bucket backups is in region eu-test-1; set `region: eu-test-1`.",
    ));

  it("a wrong bucket, which is never taken for an empty one", () =>
    expectAll(
      storeOn(fake, { bucket: "no-such-bucket" }),
      "there is no bucket no-such-bucket; create it, or check `bucket`, `region` and `endpoint`.",
    ));

  it("nobody at the endpoint", async () => {
    const store = storeOn(fake);
    await fake.stop();
    await expect(store.stat("stack/object")).rejects.toMatchObject({
      code: "store",
      transient: true,
      message:
        "Looking at offsite:stack/object failed: the connection was refused; check `endpoint`, and that the server runs.",
    });
    fake = await FakeS3.start();
  });

  it.each([
    ["ExpiredToken", "the credentials have expired; renew them, or use keys or a role that do not expire."],
    ["InvalidStorageClass", "the store does not have that storage class; check `storageClass`."],
    ["QuotaExceeded", "the store is full: no; raise its quota or keep fewer points."],
  ])("%s", async (code, sentence) => {
    fake.inject("PutObject", { kind: "answer", failure: new S3Failure(400, code, "no") }, 10);
    expect((await messages(storeOn(fake))).put).toBe(sentence);
  });

  it.each([
    ["s3:PutObject", "put"],
    ["s3:GetObject", "get"],
    ["s3:GetObject", "stat"],
    ["s3:ListBucket", "list"],
    ["s3:DeleteObject", "delete"],
    ["s3:ListBucketMultipartUploads", "removeLeftovers"],
  ])("the missing right %s, by %s", async (right, action) => {
    await storeOn(fake).put("stack/object", bodyOf("x"));
    fake.settings.denied.push(right);
    const said = (await messages(storeOn(fake)))[action];
    expect(said).toMatch(new RegExp(`^the right ${right} on the bucket backups is missing`));
    expect(said).toMatch(`; allow ${right} in the policy`);
  });

  it("no credentials at all", async () => {
    const store = storeOn(fake, {
      accessKeyId: undefined,
      secretAccessKey: undefined,
      profile: "no-such-profile",
    });
    expect((await messages(store)).stat).toMatch(/^no credentials were found: .*; set `accessKeyId`/);
  });
});

describe("a clock that is wrong", () => {
  it("is set right by the server's answers, so that backups go on", async () => {
    fake.settings.clockAhead = 3 * 3_600_000;
    const stored = await storeOn(fake).put("stack/object", bodyOf("x"));
    expect(Math.abs(stored.modifiedAt - Date.now() - 3 * 3_600_000)).toBeLessThan(60_000);
  });

  it("is named where that does not help", async () => {
    const failure = new S3Failure(403, "RequestTimeTooSkewed", "too far");
    fake.inject("PutObject", { kind: "answer", failure }, 1000);
    await expect(storeOn(fake).put("stack/object", bodyOf("x"))).rejects.toThrow(
      "the clock of this machine is too far from the store's; set the clock by NTP.",
    );
  });
});

describe("what a bucket keeps", () => {
  it("is not hidden: a locked object says until when, one under a hold says so", async () => {
    const store = storeOn(fake);
    const until = Date.now() + 86_400_000;
    for (const key of ["locked", "held", "free"]) await store.put(key, bodyOf("x"));
    Object.assign(fake.bucket.objects.get("locked") ?? {}, { lockedUntil: until });
    Object.assign(fake.bucket.objects.get("held") ?? {}, { isHeld: true });
    Object.assign(fake.bucket.objects.get("free") ?? {}, { lockedUntil: Date.now() - 1000 });
    await expect(store.delete("locked")).rejects.toMatchObject({ code: "retained", facts: { until } });
    await expect(store.delete("held")).rejects.toThrow("kept by the store under a hold.");
    await store.delete("free");
    await store.put("lock", bodyOf("x"));
    Object.assign(fake.bucket.objects.get("lock") ?? {}, { lockedUntil: until });
    expect(await keysOf(store)).toEqual(["held", "lock", "locked"]);
    expect(fake.bucket.hidden).toBe(0);
    await store.delete("lock", { hide: true });
    expect(fake.bucket.hidden).toBe(1);
    expect(await keysOf(store)).toEqual(["held", "locked"]);
  });

  it("is told from a missing right where only the delete is refused", async () => {
    const store = storeOn(fake);
    await store.put("stack/object", bodyOf("x"));
    const failure = new S3Failure(
      403,
      "AccessDenied",
      "Access Denied because object protected by object lock.",
    );
    fake.inject("DeleteObject", { kind: "answer", failure });
    await expect(store.delete("stack/object")).rejects.toMatchObject({ code: "retained", transient: false });
  });
});

describe("what a look at a store says", () => {
  it("nothing where all is well", async () => {
    const store = storeOn(fake);
    await store.put("stack/object", bodyOf("x"));
    expect(await store.inspect()).toEqual([]);
  });

  it("every right that is missing to tidy up, and nothing is changed by asking", async () => {
    const rights = ["s3:ListBucketMultipartUploads", "s3:AbortMultipartUpload"];
    fake.settings.denied.push(...rights);
    const said = await storeOn(fake).inspect();
    expect(said.map((sentence) => /^The right (\S+) is missing/.exec(sentence)?.[1])).toEqual(rights);
    expect(fake.bucket.objects.size + fake.bucket.uploads.size).toBe(0);
  });

  it("that the server lets one object take the place of another", async () => {
    fake.settings.conditions = "ignored";
    const store = storeOn(fake);
    await store.put("stack/object", bodyOf("x"));
    expect(await store.inspect()).toEqual([expect.stringContaining("does not keep to `If-None-Match`")]);
  });
});

describe("uploads that killed processes left", () => {
  function leave(key: string, parts = 0): string {
    const id = fake.bucket.begin(key, {}, Date.now());
    for (let number = 1; number <= parts; number++) fake.bucket.addPart(id, number, Buffer.from("part"));
    return id;
  }

  it("are ended below the prefix, and nowhere else", async () => {
    const store = storeOn(fake, { prefix: "backups" });
    const ended = [leave("backups/stack/a"), leave("backups/stack/b c", 2)];
    const kept = [leave("backups/stack-2/a"), leave("backups-2/stack/a", 1)];
    expect(await store.removeLeftovers("stack/")).toBe(2);
    expect([...fake.bucket.uploads.keys()].sort()).toEqual(kept.sort());
    expect(ended.some((id) => fake.bucket.uploads.has(id))).toBe(false);
    expect(await store.removeLeftovers("stack/")).toBe(0);
  });

  it("are never those that this process has under way", async () => {
    const store = storeOn(fake);
    async function* body() {
      yield* patternBody(12 * MIB, [MIB]);
      expect(fake.bucket.uploads.size).toBe(1);
      expect(await store.removeLeftovers("")).toBe(0);
    }
    expect(await store.put("stack/big", body())).toMatchObject({ size: 12 * MIB });
  });
});
