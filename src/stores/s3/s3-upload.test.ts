import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBytes, sha256Of, textOf } from "../../../test/contract/bytes.ts";
import { S3Failure } from "../../../test/fakes/s3/failure.ts";
import { FakeS3, type Fault } from "../../../test/fakes/s3/fake-s3.ts";
import { storeOn } from "../../../test/fakes/s3/fake-s3-store.ts";
import { HastyClock } from "../../../test/fakes/hasty-clock.ts";

const MIB = 2 ** 20;
const SIZE = 12 * MIB + 5;
const BYTES = patternBytes(0, SIZE);
const DIGEST = await sha256Of(bodyOf(BYTES));
const BUSY: Fault = { kind: "answer", failure: new S3Failure(503, "SlowDown", "Reduce your request rate") };

let fake: FakeS3;

beforeEach(async () => {
  fake = await FakeS3.start();
});

afterEach(() => fake.stop());

/** Cut anywhere but where parts are. */
const big = () => bodyOf(BYTES.subarray(0, 1_000_003), BYTES.subarray(1_000_003));
const digestOf = (key: string) => sha256Of(storeOn(fake).get(key));

describe("an upload to S3 in parts", () => {
  it("stores what it was given, and leaves no upload open", async () => {
    const stored = await storeOn(fake).put("stack/big", big());
    expect(stored.size).toBe(SIZE);
    expect(await digestOf("stack/big")).toBe(DIGEST);
    expect(fake.count("UploadPart")).toBe(3);
    expect(fake.bucket.uploads.size).toBe(0);
  });

  it("takes a body that ends where a part does", async () => {
    await storeOn(fake).put("stack/even", bodyOf(BYTES.subarray(0, 10 * MIB)));
    expect(fake.count("UploadPart")).toBe(2);
    await storeOn(fake).put("stack/one", bodyOf(BYTES.subarray(0, 5 * MIB)));
    expect(fake.bucket.objects.get("stack/one")?.bytes.byteLength).toBe(5 * MIB);
  });

  it.each([
    ["CreateMultipartUpload", BUSY],
    ["UploadPart", BUSY],
    ["UploadPart", { kind: "cut" }],
    ["UploadPart", { kind: "lose-answer" }],
    ["UploadPart", { kind: "corrupt" }],
    ["CompleteMultipartUpload", BUSY],
    ["CompleteMultipartUpload", { kind: "lose-answer" }],
    ["HeadObject", BUSY],
  ] satisfies [string, Fault][])("gets over a %s that fails twice: %o", async (operation, fault) => {
    fake.inject(operation, fault, 2);
    const stored = await storeOn(fake).put("stack/big", big());
    expect(stored.size).toBe(SIZE);
    expect(await digestOf("stack/big")).toBe(DIGEST);
    expect(fake.bucket.uploads.size).toBe(0);
  });

  it("gets over a connection on which nothing moves", async () => {
    fake.inject("UploadPart", { kind: "stall" });
    await storeOn(fake, {}, { stallLimit: 1000 }).put("stack/big", big());
    expect(await digestOf("stack/big")).toBe(DIGEST);
  });

  it("waits longer each time, and gives up at last with the reason, leaving nothing", async () => {
    const clock = new HastyClock(Date.now());
    fake.inject("UploadPart", BUSY, 1000);
    const put = storeOn(fake, {}, { clock }).put("stack/big", big());
    await expect(put).rejects.toThrow(
      /^Writing offsite:stack\/big failed: the store answered 503 \(SlowDown/,
    );
    await expect(put).rejects.toMatchObject({ code: "store", transient: true });
    expect(Math.max(...clock.waits)).toBeGreaterThan(10_000);
    expect(await keysOf(storeOn(fake))).toEqual([]);
    expect(fake.bucket.uploads.size).toBe(0);
  });

  it("does not wait for the body once a part has failed for good", async () => {
    fake.inject("UploadPart", { kind: "answer", failure: new S3Failure(403, "AccessDenied", "no") }, 1000);
    async function* stuck() {
      yield BYTES.subarray(0, 6 * MIB);
      await new Promise(() => undefined);
    }
    await expect(storeOn(fake).put("stack/big", stuck())).rejects.toThrow("s3:PutObject");
    expect(fake.bucket.uploads.size).toBe(0);
  });

  it("leaves no upload open when the body breaks or it is cancelled", async () => {
    const broken = new Error("the source went away");
    const cancelling = new AbortController();
    async function* breaking(how: () => Promise<void>) {
      yield BYTES;
      await how();
    }
    const throwing = storeOn(fake).put(
      "a",
      breaking(() => Promise.reject(broken)),
    );
    await expect(throwing).rejects.toBe(broken);
    const { signal } = cancelling;
    const hanging = () => (cancelling.abort(), new Promise<void>(() => undefined));
    const cancelled = storeOn(fake).put("a", breaking(hanging), { signal });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(fake.bucket.uploads.size).toBe(0);
    expect(await keysOf(storeOn(fake))).toEqual([]);
  });

  it("finds the key taken before it sends the first part", async () => {
    await storeOn(fake).put("stack/big", bodyOf("first"));
    await expect(storeOn(fake).put("stack/big", big())).rejects.toMatchObject({ code: "already-exists" });
    expect(fake.count("UploadPart")).toBe(0);
    expect(await textOf(storeOn(fake).get("stack/big"))).toBe("first");
  });

  it.each(["kept", "refused", "ignored"] as const)(
    "lets another's object stand that came while it sent its parts, where conditions are %s",
    async (conditions) => {
      fake.settings.conditions = conditions;
      async function* overtaken() {
        yield BYTES.subarray(0, 6 * MIB);
        await storeOn(fake).put("stack/big", bodyOf("first"));
      }
      const put = storeOn(fake).put("stack/big", overtaken());
      await expect(put).rejects.toMatchObject({ code: "already-exists" });
      expect(await textOf(storeOn(fake).get("stack/big"))).toBe("first");
      expect(fake.bucket.uploads.size).toBe(0);
    },
  );

  it("sends equal parts where the server takes no others", async () => {
    fake.settings.equalParts = true;
    await storeOn(fake, { equalParts: true, maxParts: 3 }).put("stack/big", big());
    expect(await digestOf("stack/big")).toBe(DIGEST);
  });

  it("says what to set when the parts are used up, and leaves nothing", async () => {
    const put = storeOn(fake, { equalParts: true, maxParts: 2 }).put("stack/big", big());
    await expect(put).rejects.toThrow(
      "2 parts are sent, and more is to come; set `partSize` larger than 5MiB.",
    );
    expect(fake.bucket.uploads.size).toBe(0);
  });
});
