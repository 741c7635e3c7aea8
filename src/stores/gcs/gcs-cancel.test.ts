import { describe, expect, it } from "vitest";
import { bodyOf, bytesOf, keysOf, listed, patternBody, textOf } from "../../../test/contract/bytes.ts";
import { gcsStore } from "../../../test/fakes/gcs/gcs-store.ts";
import type { Operation } from "../../../test/fakes/gcs/faults.ts";
import type { FakeGcs } from "../../../test/fakes/gcs/fake-gcs.ts";

const SIZE = 3 * 256 * 1024 + 5;
const bodyFor = (operation: Operation) =>
  operation === "insert" ? bodyOf("small") : patternBody(SIZE, [100_003]);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

async function seen(gcs: FakeGcs, operation: Operation): Promise<void> {
  await until(() => gcs.seen(operation).length > 0);
}

describe("cancelling an upload to Cloud Storage", () => {
  it.each(["insert", "start", "block", "finish"] as const)(
    "while %s is not answered leaves neither object nor upload, and frees the key",
    async (operation) => {
      const { gcs, store } = await gcsStore();
      gcs.inject(operation, { kind: "hang" });
      const cancelling = new AbortController();
      const put = store.put("stack/object", bodyFor(operation), { signal: cancelling.signal });
      await seen(gcs, operation);
      cancelling.abort();
      await expect(put).rejects.toMatchObject({ code: "cancelled" });
      expect(await keysOf(store)).toEqual([]);
      if (operation === "finish") expect(gcs.uploads.unfinished).toBe(0);
      await store.put("stack/object", bodyOf("free again"));
    },
  );

  it.each(["insert", "finish"] as const)(
    "when %s has made the object, which nobody knows yet, removes it",
    async (operation) => {
      const { gcs, store } = await gcsStore();
      gcs.inject(operation, { kind: "hang", bytes: 0 });
      const cancelling = new AbortController();
      const put = store.put("stack/object", bodyFor(operation), { signal: cancelling.signal });
      await until(() => gcs.bucket.objects.size > 0);
      cancelling.abort();
      await expect(put).rejects.toMatchObject({ code: "cancelled" });
      expect(await keysOf(store)).toEqual([]);
    },
  );

  it("removes no object of another who was faster", async () => {
    const { gcs, store } = await gcsStore();
    gcs.inject("insert", { kind: "hang" });
    const cancelling = new AbortController();
    const put = store.put("stack/object", bodyOf("mine"), { signal: cancelling.signal });
    await seen(gcs, "insert");
    await store.put("stack/object", bodyOf("theirs"));
    cancelling.abort();
    await expect(put).rejects.toMatchObject({ code: "cancelled" });
    expect(await textOf(store.get("stack/object"))).toBe("theirs");
  });

  it("leaves what was there when a replacement is cancelled", async () => {
    const { gcs, store } = await gcsStore();
    await store.put("stack/object", bodyOf("old"));
    gcs.requests.length = 0;
    gcs.inject("insert", { kind: "hang" });
    const cancelling = new AbortController();
    const put = store.put("stack/object", bodyOf("new"), { replace: true, signal: cancelling.signal });
    await seen(gcs, "insert");
    cancelling.abort();
    await expect(put).rejects.toMatchObject({ code: "cancelled" });
    expect(await textOf(store.get("stack/object"))).toBe("old");
  });

  it("cleans up for five seconds at most", async () => {
    const { gcs, store, clock } = await gcsStore();
    gcs.inject("insert", { kind: "hang" });
    gcs.inject("find", { kind: "hang" });
    const cancelling = new AbortController();
    const put = store.put("stack/object", bodyOf("small"), { signal: cancelling.signal });
    const refused = expect(put).rejects.toMatchObject({ code: "cancelled" });
    await seen(gcs, "insert");
    cancelling.abort();
    await seen(gcs, "find");
    await clock.advance(5000);
    await refused;
  });

  it("ends a wait for better times at once", async () => {
    const { gcs, store, clock } = await gcsStore();
    const cancelling = new AbortController();
    const reason = new Error("stop");
    clock.sleep = async (_duration, { signal } = {}) => {
      if (gcs.seen("start").length > 0) cancelling.abort(reason);
      await new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(reason), { once: true });
        if (signal?.aborted === true) reject(reason);
      });
    };
    gcs.inject("start", { kind: "refuse", status: 503 }, { times: 100 });
    const put = store.put("stack/object", bodyFor("start"), { signal: cancelling.signal });
    await expect(put).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("a connection to Cloud Storage", () => {
  it.each(["insert", "start", "block", "finish"] as const)(
    "on which nothing moves for a minute is given up, and %s sent again",
    async (operation) => {
      const { gcs, store, clock } = await gcsStore();
      gcs.inject(operation, { kind: "hang" });
      const put = store.put("stack/object", bodyFor(operation));
      await seen(gcs, operation);
      while (gcs.seen(operation).length + gcs.seen("inquire").length < 2) await clock.advance(10_000);
      await put;
      expect(await keysOf(store)).toEqual(["stack/object"]);
    },
  );

  it("leaves no timer and no listener behind, whatever became of the request", async () => {
    const { gcs, store, clock } = await gcsStore();
    await store.put("stack/object", bodyFor("block"));
    await bytesOf(store.get("stack/object"));
    await listed(store);
    for (const operation of ["find", "media", "list"] as const) gcs.inject(operation, { kind: "cut" });
    await expect(store.stat("stack/object")).rejects.toMatchObject({ code: "store", transient: true });
    await expect(bytesOf(store.get("stack/object"))).rejects.toMatchObject({ code: "store" });
    await expect(listed(store)).rejects.toMatchObject({ code: "store" });
    for await (const _ of store.get("stack/object")) break;
    await store.delete("stack/object");
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
  });

  it("is used again by the next request", async () => {
    const { gcs, store } = await gcsStore();
    for (let turn = 0; turn < 10; turn++) await store.stat(`stack/${turn}`);
    await store.put("stack/object", bodyFor("block"));
    expect(gcs.accepted).toBeLessThanOrEqual(2);
  });
});
