/** The contract of `put`: all or nothing, once. */
import { expect, it } from "vitest";
import { hasCode } from "../../src/domain/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import { bodyOf, keysOf, listed, patternBody, sha256Of, textOf } from "./bytes.ts";

const MIB = 1024 * 1024;

export function describeWriting(store: () => Store): void {
  describeBodies(store);
  describeCreateOnly(store);
  describeFailures(store);
}

function describeBodies(store: () => Store): void {
  it("stores an object of no bytes", async () => {
    const stored = await store().put("stack/empty", bodyOf());
    expect(stored).toMatchObject({ key: "stack/empty", size: 0 });
    expect(await store().stat("stack/empty")).toMatchObject({ key: "stack/empty", size: 0 });
    expect(await textOf(store().get("stack/empty"))).toBe("");
  });

  it("stores several MiB that come in odd chunks, byte for byte", async () => {
    const size = 7 * MIB + 13;
    const oddly = [1, 65_537, 0, 3 * MIB + 1, 7, 262_144, 262_143];
    const stored = await store().put("stack/big", patternBody(size, oddly));
    expect(stored.size).toBe(size);
    expect(await sha256Of(store().get("stack/big"))).toBe(await sha256Of(patternBody(size, [MIB])));
  });

  it("has read a chunk by the time it asks for the next, so that a producer may use its buffer again", async () => {
    const buffer = Buffer.alloc(1000);
    async function* reusing() {
      for (const fill of [1, 2, 3]) yield buffer.fill(fill);
    }
    await store().put("stack/reused", reusing());
    const expected = sha256Of(bodyOf(Buffer.alloc(1000, 1), Buffer.alloc(1000, 2), Buffer.alloc(1000, 3)));
    expect(await sha256Of(store().get("stack/reused"))).toBe(await expected);
  });

  it("shows an object to stat, get and list as soon as it is put, and tells the same of it everywhere", async () => {
    const stored = await store().put("stack/job/object", bodyOf("hello"));
    expect(stored.size).toBe(5);
    expect(await store().stat("stack/job/object")).toEqual(stored);
    expect(await listed(store(), "stack/")).toEqual([stored]);
    expect(await textOf(store().get("stack/job/object"))).toBe("hello");
  });

  it("keeps many objects apart that are put at once", async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `stack/job-${index % 5}/point-${index}/object`);
    await Promise.all(keys.map((key) => store().put(key, bodyOf(key, " ", key))));
    const texts = await Promise.all(keys.map((key) => textOf(store().get(key))));
    expect(texts).toEqual(keys.map((key) => `${key} ${key}`));
  });
}

function describeCreateOnly(store: () => Store): void {
  it("refuses to put what is there already, and leaves that as it was", async () => {
    await store().put("stack/object", bodyOf("first"));
    await expect(store().put("stack/object", bodyOf("second"))).rejects.toMatchObject({
      code: "already-exists",
    });
    expect(await textOf(store().get("stack/object"))).toBe("first");
  });

  it("lets exactly one of many concurrent puts of a key succeed, whole", async () => {
    const writers = Array.from({ length: 8 }, (_, index) => `writer ${index} `.repeat(100_000));
    const results = await Promise.allSettled(writers.map((text) => store().put("stack/race", bodyOf(text))));
    const winners = writers.filter((_, index) => results[index]?.status === "fulfilled");
    const losers = results.filter((result) => result.status === "rejected");
    expect(winners).toHaveLength(1);
    expect(losers.every((loser) => hasCode(loser.reason, "already-exists"))).toBe(true);
    expect((await textOf(store().get("stack/race"))) === winners[0]).toBe(true);
    expect(await keysOf(store())).toEqual(["stack/race"]);
  });

  it("replaces an object when told to, and puts one that was not there", async () => {
    const first = await store().put("stack/object", bodyOf("a longer first text"), { replace: true });
    const second = await store().put("stack/object", bodyOf("second"), { replace: true });
    if (first.version !== undefined) expect(second.version).not.toBe(first.version);
    expect(await textOf(store().get("stack/object"))).toBe("second");
    expect(await listed(store())).toMatchObject([{ key: "stack/object", size: 6 }]);
  });

  it("shows a reader the old bytes or the new ones while it replaces, never a mixture", async () => {
    const texts = ["a".repeat(300_000), "b".repeat(200_000)];
    await store().put("stack/object", bodyOf(texts[0] ?? ""));
    const replacing = (async () => {
      for (let turn = 1; turn <= 10; turn++) {
        await store().put("stack/object", bodyOf(texts[turn % 2] ?? ""), { replace: true });
      }
    })();
    for (let turn = 0; turn < 10; turn++) {
      expect(texts.includes(await textOf(store().get("stack/object")))).toBe(true);
    }
    await replacing;
  });
}

function describeFailures(store: () => Store): void {
  it("passes an error of the body on unchanged and leaves nothing", async () => {
    const broken = new Error("the source went away");
    async function* breaking() {
      yield* patternBody(2 * MIB, [300_000]);
      throw broken;
    }
    await expect(store().put("stack/job/object", breaking())).rejects.toBe(broken);
    expect(await store().stat("stack/job/object")).toBeUndefined();
    expect(await keysOf(store())).toEqual([]);
    expect(await store().removeLeftovers("")).toBe(0);
  });

  it("keeps the old object when the body of its replacement breaks", async () => {
    await store().put("stack/object", bodyOf("old"));
    async function* breaking() {
      yield Buffer.from("new");
      throw new Error("broken");
    }
    await expect(store().put("stack/object", breaking(), { replace: true })).rejects.toThrow("broken");
    expect(await textOf(store().get("stack/object"))).toBe("old");
  });

  it("leaves nothing when it is cancelled while the body waits, and does not wait for the body", async () => {
    const cancelling = new AbortController();
    async function* stuck() {
      yield* patternBody(2 * MIB, [300_000]);
      cancelling.abort();
      await new Promise(() => undefined);
    }
    const put = store().put("stack/job/object", stuck(), { signal: cancelling.signal });
    await expect(put).rejects.toMatchObject({ code: "cancelled" });
    expect(await keysOf(store())).toEqual([]);
    expect(await store().removeLeftovers("")).toBe(0);
    await store().put("stack/job/object", bodyOf("free again"));
  });

  it("does nothing at all when it is cancelled beforehand", async () => {
    const signal = AbortSignal.abort();
    await store().put("stack/there", bodyOf("x"));
    await expect(store().put("stack/object", bodyOf("x"), { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    await expect(textOf(store().get("stack/there", { signal }))).rejects.toMatchObject({ code: "cancelled" });
    await expect(store().stat("stack/there", { signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(store().delete("stack/there", { signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(await keysOf(store())).toEqual(["stack/there"]);
  });

  it("refuses keys that are no keys", async () => {
    const bad = [
      "",
      "/absolute",
      "a//b",
      "a/",
      "a/../../b",
      "..",
      "./a",
      "a\nb",
      "a\u0000b",
      "\ud800",
      "x/".repeat(600),
    ];
    for (const key of bad) {
      await expect(store().put(key, bodyOf("x"))).rejects.toMatchObject({ code: "internal" });
      await expect(textOf(store().get(key))).rejects.toMatchObject({ code: "internal" });
      await expect(store().stat(key)).rejects.toMatchObject({ code: "internal" });
      await expect(store().delete(key)).rejects.toMatchObject({ code: "internal" });
    }
    expect(await keysOf(store())).toEqual([]);
  });
}
