import { describe, expect, it } from "vitest";
import { bodyOf, keysOf, patternBody, sha256Of, textOf } from "../../../test/contract/bytes.ts";
import { gcsStore } from "../../../test/fakes/gcs/gcs-store.ts";
import type { Fault, Operation } from "../../../test/fakes/gcs/faults.ts";

const BLOCK = 256 * 1024;
/** Four whole blocks and a bit. */
const SIZE = 4 * BLOCK + 1234;
const STORM: Fault = { kind: "refuse", status: 503 };

const big = () => patternBody(SIZE, [100_003]);
const digestOfBig = sha256Of(big());

describe("an upload to Cloud Storage", () => {
  it("is one request where it fits into a block, and blocks of a session otherwise", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/small", bodyOf("small"));
    expect(gcs.requests.map(({ operation }) => operation)).toEqual(["insert"]);
    gcs.requests.length = 0;
    await store.put("stack/big", big());
    const blocks = Array<string>(4).fill("block");
    expect(gcs.requests.map(({ operation }) => operation)).toEqual(["start", ...blocks, "finish"]);
  });

  it.each([BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])(
    "is whole at the edge of a block (%i bytes)",
    async (size) => {
      const { store } = await gcsStore();
      expect(await store.put("stack/edge", patternBody(size, [BLOCK]))).toMatchObject({ size });
      expect(await sha256Of(store.get("stack/edge"))).toBe(await sha256Of(patternBody(size, [1000])));
    },
  );

  const troubles: [Operation, Fault][] = (["insert", "start", "block", "finish"] as const).flatMap(
    (operation): [Operation, Fault][] => [
      [operation, STORM],
      [operation, { kind: "refuse", status: 429, reason: "rateLimitExceeded" }],
      [operation, { kind: "refuse", status: 403, reason: "rateLimitExceeded" }],
      [operation, { kind: "cut" }],
      [operation, { kind: "lose-answer" }],
    ],
  );

  it.each(troubles)("waits out trouble with %s: %o", async (operation, fault) => {
    const { gcs, store, clock } = await gcsStore();
    gcs.inject(operation, fault, { times: 3 });
    const [key, body, digest] =
      operation === "insert"
        ? (["stack/small", bodyOf("small"), await sha256Of(bodyOf("small"))] as const)
        : (["stack/big", big(), await digestOfBig] as const);
    const stored = await store.put(key, body);
    expect(await store.stat(key)).toEqual(stored);
    expect(await sha256Of(store.get(key))).toBe(digest);
    expect(clock.waits.length).toBeGreaterThanOrEqual(operation === "finish" ? 1 : 0);
  });

  it.each(["block", "finish"] as const)(
    "goes on where it was cut in the middle of a %s",
    async (operation) => {
      const { gcs, store } = await gcsStore({ around: { blockBytes: 4 * BLOCK } });
      const size = 11 * BLOCK + 17;
      gcs.inject(operation, { kind: "cut-after", bytes: 2 * BLOCK + 99 });
      await store.put("stack/cut", patternBody(size, [70_001]));
      expect(await sha256Of(store.get("stack/cut"))).toBe(await sha256Of(patternBody(size, [BLOCK])));
      const again = gcs.requests.slice(gcs.requests.findIndex((seen) => seen.operation === "inquire") + 1)[0];
      const start = operation === "block" ? 2 * BLOCK : 10 * BLOCK;
      expect(again?.headers["content-range"]).toMatch(new RegExp(`^bytes ${start}-`));
    },
  );

  it("survives a storm over every request of it", async () => {
    const { gcs, store } = await gcsStore();
    for (const operation of ["start", "block", "finish", "inquire"] as const) {
      gcs.inject(operation, STORM, { times: 2 });
      gcs.inject(operation, { kind: "cut" });
      gcs.inject(operation, { kind: "lose-answer" });
    }
    await store.put("stack/big", big());
    expect(await sha256Of(store.get("stack/big"))).toBe(await digestOfBig);
  });

  it("gives up a storm that does not end, as one who may come again, and leaves nothing", async () => {
    const { gcs, store } = await gcsStore();
    gcs.inject("block", STORM, { times: 100 });
    gcs.inject("inquire", STORM, { times: 100 });
    await expect(store.put("stack/big", big())).rejects.toMatchObject({ code: "store", transient: true });
    expect(await keysOf(store)).toEqual([]);
  });

  it("waits as long as the store asks for", async () => {
    const { gcs, store, clock } = await gcsStore();
    gcs.inject("insert", { kind: "refuse", status: 429, retryAfter: "17" });
    await store.put("stack/small", bodyOf("small"));
    expect(clock.waits).toEqual([17_000]);
  });

  it("begins no new upload when the store has forgotten the session: the body cannot be read again", async () => {
    const { gcs, store } = await gcsStore();
    gcs.inject("block", { kind: "refuse", status: 410, reason: "gone", message: "Gone" });
    await expect(store.put("stack/big", big())).rejects.toThrow(
      "Writing offsite:stack/big failed: the store has forgotten the unfinished upload.",
    );
  });
});

describe("bytes that change on the way to Cloud Storage", () => {
  it("are noticed by the store in one request, which is sent again", async () => {
    const { gcs, store } = await gcsStore();
    gcs.inject("insert", { kind: "corrupt" });
    await store.put("stack/small", bodyOf("small"));
    expect(await textOf(store.get("stack/small"))).toBe("small");
    expect(gcs.seen("insert")).toHaveLength(2);
  });

  it.each(["block", "finish"] as const)("make no object, in a %s of a session", async (operation) => {
    const { gcs, store } = await gcsStore();
    gcs.inject(operation, { kind: "corrupt" });
    const put = store.put("stack/big", big());
    await expect(put).rejects.toMatchObject({ code: "store", transient: true });
    await expect(put).rejects.toThrow(/changed on the way to the store/);
    expect(await keysOf(store)).toEqual([]);
  });

  it("are noticed by us and removed where the store does not compare", async () => {
    const { gcs, store } = await gcsStore();
    gcs.bucket.ignoresDigests = true;
    gcs.inject("block", { kind: "corrupt" });
    await expect(store.put("stack/big", big())).rejects.toThrow(/changed on the way to the store/);
    expect(await keysOf(store)).toEqual([]);
  });
});

describe("the answer to an upload", () => {
  it("that says already-exists after a lost success is taken for what it is", async () => {
    const { gcs, store } = await gcsStore();
    gcs.inject("insert", { kind: "lose-answer" });
    expect(await store.put("stack/small", bodyOf("small"))).toMatchObject({ size: 5 });
    gcs.inject("insert", { kind: "lose-answer" }, { times: 50 });
    expect(await store.put("stack/other", bodyOf("other"))).toMatchObject({ size: 5 });
  });

  it("is not looked for any more than it is believed: an object of another is one of another", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("first"));
    gcs.inject("insert", { kind: "cut" }, { times: 2 });
    await expect(store.put("stack/object", bodyOf("other"))).rejects.toMatchObject({
      code: "already-exists",
    });
    expect(await textOf(store.get("stack/object"))).toBe("first");
  });

  it("already-exists comes before a large body is read", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("first"));
    await expect(store.put("stack/object", big())).rejects.toMatchObject({ code: "already-exists" });
    expect(gcs.seen("block")).toEqual([]);
  });

  it("may be a lie, which is told as what it is afterwards: there is nothing", async () => {
    const { gcs, store } = await gcsStore();
    gcs.inject("insert", { kind: "drop" });
    gcs.inject("finish", { kind: "drop" });
    for (const [key, body] of [
      ["stack/small", bodyOf("x")],
      ["stack/big", big()],
    ] as const) {
      await store.put(key, body);
      expect(await store.stat(key)).toBeUndefined();
      await expect(textOf(store.get(key))).rejects.toMatchObject({ code: "not-found" });
    }
  });
});
