import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBytes } from "../../../test/contract/bytes.ts";
import { S3Failure } from "../../../test/fakes/s3/failure.ts";
import { FakeS3, type Fault } from "../../../test/fakes/s3/fake-s3.ts";
import { storeOn } from "../../../test/fakes/s3/fake-s3-store.ts";
import { PIECES_FOLDER } from "./piece-names.ts";

const MIB = 2 ** 20;
/** Few parts: one of 5 MiB as it is, then pieces of four. */
const FEW = { maxParts: 4, prefix: "backups/acme", storageClass: "STANDARD_IA" };
const SIZE = 38 * MIB + 5;
const BUSY: Fault = { kind: "answer", failure: new S3Failure(503, "SlowDown", "Reduce your request rate") };
const KEY = "stack/a job +100%/big";

let fake: FakeS3;

beforeEach(async () => {
  fake = await FakeS3.start();
});

afterEach(() => fake.stop());

const BYTES = patternBytes(0, 65 * MIB + 1);

/** Cut anywhere but where parts are. */
async function* body(size = SIZE) {
  for (let at = 0; at < size; at += 3_000_003) yield BYTES.subarray(at, Math.min(at + 3_000_003, size));
}

const pieces = () => [...fake.bucket.objects.keys()].filter((key) => key.includes(PIECES_FOLDER));

async function expectWhole(size = SIZE): Promise<void> {
  const stored = fake.bucket.objects.get(`backups/acme/${KEY}`)?.bytes ?? Buffer.alloc(0);
  expect(Buffer.compare(stored, BYTES.subarray(0, size))).toBe(0);
  expect(pieces()).toEqual([]);
  expect(fake.bucket.uploads.size).toBe(0);
}

describe("an upload to S3 of more than fits into parts of one size", () => {
  it("goes on in pieces that the server puts together, which are gone afterwards", async () => {
    const stored = await storeOn(fake, FEW).put(KEY, body());
    expect(stored.size).toBe(SIZE);
    expect(fake.count("UploadPartCopy")).toBe(2);
    await expectWhole();
    const { headers } = fake.bucket.objects.get(`backups/acme/${KEY}`) ?? {};
    expect(headers?.["x-amz-storage-class"]).toBe("STANDARD_IA");
    expect(await keysOf(storeOn(fake, FEW))).toEqual([KEY]);
  });

  it("has a piece for whatever is left, and none for nothing", async () => {
    for (const [size, count] of [
      [5 * MIB, 0],
      [5 * MIB + 1, 1],
      [25 * MIB, 1],
      [25 * MIB + 1, 2],
      [65 * MIB, 3],
    ] as const) {
      fake.asked.length = 0;
      await storeOn(fake, FEW).put(KEY, body(size));
      expect(fake.count("UploadPartCopy")).toBe(count);
      await expectWhole(size);
      await storeOn(fake, FEW).delete(KEY);
    }
  });

  it.each([
    ["CreateMultipartUpload", BUSY],
    ["UploadPartCopy", BUSY],
    ["UploadPartCopy", { kind: "cut" }],
    ["UploadPartCopy", { kind: "lose-answer" }],
    ["CompleteMultipartUpload", BUSY],
    ["CompleteMultipartUpload", { kind: "lose-answer" }],
  ] satisfies [string, Fault][])("gets over a %s that fails twice: %o", async (operation, fault) => {
    fake.inject(operation, fault, 2);
    await storeOn(fake, FEW).put(KEY, body());
    await expectWhole();
  });

  it("leaves nothing when a copy fails for good, the body breaks, or it is cancelled", async () => {
    const cancelling = new AbortController();
    async function* endingIn(last: () => Promise<void>) {
      yield* body(33 * MIB);
      await last();
    }
    fake.inject("UploadPartCopy", { kind: "answer", failure: new S3Failure(403, "AccessDenied", "no") });
    await expect(storeOn(fake, FEW).put(KEY, body(25 * MIB))).rejects.toThrow("is missing");
    const broken = new Error("the source went away");
    const breaking = endingIn(() => Promise.reject(broken));
    await expect(storeOn(fake, FEW).put(KEY, breaking)).rejects.toBe(broken);
    const hanging = endingIn(() => (cancelling.abort(), new Promise<void>(() => undefined)));
    const { signal } = cancelling;
    await expect(storeOn(fake, FEW).put(KEY, hanging, { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect([...fake.bucket.objects.keys()]).toEqual([]);
    expect(fake.bucket.uploads.size).toBe(0);
  });

  it("says what to set where the server cannot copy parts, or all parts are used up", async () => {
    fake.inject("UploadPartCopy", { kind: "answer", failure: new S3Failure(501, "NotImplemented", "no") }, 9);
    await expect(storeOn(fake, FEW).put(KEY, body())).rejects.toThrow(
      "the server cannot copy parts, and more is to come than fits into so many others; set `partSize` larger than 5MiB.",
    );
    fake = await FakeS3.start();
    await expect(storeOn(fake, FEW).put(KEY, body(65 * MIB + 1))).rejects.toThrow(
      "4 parts are sent, and more is to come; set `partSize` larger than 5MiB.",
    );
    expect([...fake.bucket.objects.keys()]).toEqual([]);
  });

  it("is there although its pieces could not be deleted, which are removed later", async () => {
    fake.settings.denied.push("s3:DeleteObject");
    await storeOn(fake, FEW).put(KEY, body());
    expect(pieces()).toHaveLength(2);
    expect(await keysOf(storeOn(fake, FEW))).toEqual([KEY]);
    fake.settings.denied.length = 0;
    expect(await storeOn(fake, FEW).removeLeftovers("other/")).toBe(0);
    expect(await storeOn(fake, FEW).removeLeftovers("stack/")).toBe(2);
    await expectWhole();
  });

  it("does not sweep away the pieces of a put that is under way", async () => {
    const store = storeOn(fake, FEW);
    async function* swept() {
      yield* body();
      expect(await store.removeLeftovers("stack/")).toBe(0);
    }
    await store.put(KEY, swept());
    await expectWhole();
  });

  it("never mistakes a body of a few bytes for one", async () => {
    await storeOn(fake, FEW).put(KEY, bodyOf("x"));
    expect(fake.count("CreateMultipartUpload")).toBe(0);
  });
});
