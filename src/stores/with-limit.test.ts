import { describe, expect, it } from "vitest";
import { bodyOf, sha256Of, patternBody, textOf } from "../../test/contract/bytes.ts";
import { describeStoreContract } from "../../test/contract/store-contract.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { HOUR, MINUTE, SECOND } from "../domain/instant.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { withLimit, type LimitOptions } from "./with-limit.ts";

const START = Date.parse("2026-11-20T12:00:30Z");

function workshop(rateAt: LimitOptions["rateAt"]) {
  const clock = new FakeClock(START);
  const inner = new MemoryStore({ name: "offsite", clock });
  const store = withLimit(inner, { clock, rateAt });
  /** How long the work takes by the clock. */
  const timed = async (work: Promise<unknown>): Promise<number> => {
    const from = clock.monotonic();
    let end: number | undefined;
    void work.finally(() => (end = clock.monotonic())).catch(() => undefined);
    for (let steps = 0; end === undefined && steps < 10_000; steps += 1) await clock.advance(50);
    await work;
    return (end ?? Infinity) - from;
  };
  return { clock, inner, store, timed };
}

describeStoreContract("a store with a limit that is never reached", async () => {
  const clock = new FakeClock(START);
  return { store: withLimit(new MemoryStore({ name: "memory", clock }), { clock, rateAt: () => undefined }) };
});

describe("a limit of bandwidth", () => {
  it("lets what is small pass by itself, and counts it: a lock does not stand behind a backup", async () => {
    const { store, timed } = workshop(() => 100_000);
    const backup = store.put("stack/a", patternBody(1_000_000, [500_000]));
    const tookLock = await timed(store.put("stack/lock", bodyOf("x".repeat(600))));
    expect(tookLock).toBeLessThan(SECOND);
    expect(await timed(backup)).toBeGreaterThan(9 * SECOND);
  });

  it("lets bytes into a store and out of it at that rate, all of them", async () => {
    const { store, timed } = workshop(() => 100_000);
    const took = await timed(store.put("stack/a", patternBody(1_000_000, [70_000])));
    expect(took).toBeGreaterThanOrEqual(9.5 * SECOND);
    expect(took).toBeLessThanOrEqual(11 * SECOND);
    let digest = "";
    const read = sha256Of(store.get("stack/a")).then((found) => (digest = found));
    expect(await timed(read)).toBeGreaterThanOrEqual(9.5 * SECOND);
    expect(digest).toBe(await sha256Of(patternBody(1_000_000, [70_000])));
  });

  it("is shared by all that goes to the store and comes from it at once", async () => {
    const { inner, store, timed } = workshop(() => 100_000);
    await inner.put("stack/there", patternBody(500_000, [70_000]));
    const all = [
      store.put("stack/a", patternBody(500_000, [70_000])),
      store.put("stack/b", patternBody(500_000, [9_000])),
      sha256Of(store.get("stack/there")),
    ];
    expect(await timed(Promise.all(all))).toBeGreaterThanOrEqual(14 * SECOND);
  });

  it("changes within a minute when its time has come, also for what is under way", async () => {
    const { store, timed } = workshop((now) => (now < START + MINUTE ? 100 : undefined));
    expect(await timed(store.put("stack/a", patternBody(1_000_000, [70_000])))).toBeLessThanOrEqual(
      1.1 * MINUTE,
    );
  });

  it("does not save up what was not used", async () => {
    const { clock, store, timed } = workshop(() => 100_000);
    await clock.advance(HOUR);
    expect(await timed(store.put("stack/a", patternBody(500_000, [500_000])))).toBeGreaterThanOrEqual(
      4.5 * SECOND,
    );
  });

  it("lets a cancelled transfer end at once, and leaves nothing", async () => {
    const { clock, inner, store } = workshop(() => 100);
    const cancel = new AbortController();
    const put = store.put("stack/a", patternBody(10_000, [1000]), { signal: cancel.signal });
    await clock.advance(SECOND);
    cancel.abort();
    await expect(put).rejects.toMatchObject({ code: "cancelled" });
    expect(await inner.stat("stack/a")).toBeUndefined();
  });

  it("passes everything else on", async () => {
    const { store } = workshop(() => undefined);
    await store.put("stack/a", bodyOf("x"));
    expect(await store.stat("stack/a")).toMatchObject({ size: 1 });
    expect(await Array.fromAsync(store.list("stack/"))).toHaveLength(1);
    expect(await textOf(store.get("stack/a"))).toBe("x");
    await store.delete("stack/a");
    expect(await store.stat("stack/a")).toBeUndefined();
    expect(await store.removeLeftovers("stack/")).toBe(0);
    expect(await store.space()).toBeUndefined();
  });
});
