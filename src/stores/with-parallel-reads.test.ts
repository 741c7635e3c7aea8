import { describe, expect, it } from "vitest";
import { bodyOf, bytesOf, patternBody, patternBytes, sha256Of } from "../../test/contract/bytes.ts";
import { describeStoreContract } from "../../test/contract/store-contract.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { gcsStore, storeOver } from "../../test/fakes/gcs/gcs-store.ts";
import { FakeGcs } from "../../test/fakes/gcs/fake-gcs.ts";
import { HastyClock } from "../../test/fakes/hasty-clock.ts";
import { FakeS3 } from "../../test/fakes/s3/fake-s3.ts";
import { storeOn } from "../../test/fakes/s3/fake-s3-store.ts";
import type { GetOptions, Store } from "../ports/store.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { withParallelReads } from "./with-parallel-reads.ts";

const PART = 100_000;
const SIZE = 1_000_003;
const ALL = { offset: 0, length: SIZE + 1 };

function parallel(store: Store, clock = new HastyClock()): Store {
  return withParallelReads(store, { clock, random: () => 0.5, partBytes: PART, connections: 3 });
}

/** Remembers what it was asked for, and which reads are under way. */
class WatchedStore extends FaultyStore {
  readonly asked: GetOptions[] = [];
  readonly underWay = new Set<GetOptions>();
  most = 0;

  override async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    this.asked.push(options);
    this.underWay.add(options);
    this.most = Math.max(this.most, this.underWay.size);
    try {
      yield* super.get(key, options);
    } finally {
      this.underWay.delete(options);
    }
  }
}

async function withBig() {
  const clock = new HastyClock();
  const inner = new WatchedStore(new MemoryStore({ name: "memory", clock: new FakeClock() }), clock);
  await inner.put("stack/big", patternBody(SIZE, [70_001]));
  return { inner, clock, store: parallel(inner, clock) };
}

describeStoreContract("a store that reads in parallel", async () => ({
  store: parallel(new MemoryStore({ name: "memory", clock: new FakeClock() })),
}));

const FEW = { many: 60 };

describeStoreContract(
  "a store in Cloud Storage that reads in parallel",
  async () => {
    const gcs = await FakeGcs.start();
    return { store: parallel(storeOver(gcs)), cleanUp: () => gcs.close() };
  },
  FEW,
);

describeStoreContract(
  "an S3 store that reads in parallel",
  async () => {
    const fake = await FakeS3.start();
    return { store: parallel(storeOn(fake)), cleanUp: () => fake.stop() };
  },
  FEW,
);

describe("a store that reads in parallel", () => {
  it("reads a long range in parts of one version, a few at a time, and gives them in order", async () => {
    const { inner, store } = await withBig();
    for (const range of [ALL, { offset: 123_457, length: 700_000 }, { offset: 5, length: 2 * PART + 1 }]) {
      inner.asked.length = 0;
      const read = await bytesOf(store.get("stack/big", { range }));
      const length = Math.min(range.length, SIZE - range.offset);
      expect(Buffer.compare(read, patternBytes(range.offset, length))).toBe(0);
      expect(inner.asked).toHaveLength(Math.ceil(length / PART));
      expect(new Set(inner.asked.map(({ version }) => version))).toEqual(new Set(["1"]));
    }
    expect(inner.most).toBe(3);
  });

  it("leaves to one request what is short, what is whole, and what has no versions", async () => {
    const { inner, store } = await withBig();
    for (const range of [undefined, { offset: 0, length: 2 * PART }, { offset: SIZE - 10, length: SIZE }]) {
      inner.asked.length = 0;
      await bytesOf(store.get("stack/big", range === undefined ? {} : { range }));
      expect(inner.asked).toHaveLength(1);
    }
    inner.stat = async () => ({ key: "stack/big", size: SIZE, modifiedAt: 0 });
    inner.asked.length = 0;
    await bytesOf(store.get("stack/big", { range: ALL }));
    expect(inner.asked).toHaveLength(1);
  });

  it("never mixes an object with the one that has replaced it", async () => {
    const { store } = await withBig();
    const reading = (async () => {
      let read = 0;
      for await (const chunk of store.get("stack/big", { range: ALL })) {
        if (read === 0) await store.put("stack/big", bodyOf(patternBytes(1, SIZE)), { replace: true });
        expect(Buffer.compare(chunk, patternBytes(read, chunk.byteLength))).toBe(0);
        read += chunk.byteLength;
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "not-found" });
  });

  it("waits until a part can be begun, and leaves the first one to whoever asked", async () => {
    const { inner, clock, store } = await withBig();
    inner.inject("get", { kind: "throw-before" }, { call: 4, times: 5 });
    const digest = await sha256Of(store.get("stack/big", { range: ALL }));
    expect(digest).toBe(await sha256Of(patternBody(SIZE, [1000])));
    expect(clock.waits).toHaveLength(5);
    inner.inject("get", { kind: "throw-before" });
    await expect(bytesOf(store.get("stack/big", { range: ALL }))).rejects.toMatchObject({ transient: true });
    expect(clock.waits).toHaveLength(5);
  });

  it("passes on in its turn what breaks a part, and what a store withholds", async () => {
    const { inner, store } = await withBig();
    for (const [fault, message] of [
      [{ kind: "throw-after", items: 1 }, "the connection was reset"],
      [{ kind: "cut-body", at: 10 }, "the store gave 10 bytes of the 100000 that it was asked for"],
    ] as const) {
      inner.inject("get", fault, { call: 3 });
      let read = 0;
      const reading = (async () => {
        for await (const chunk of store.get("stack/big", { range: ALL })) read += chunk.byteLength;
      })();
      await expect(reading).rejects.toThrow(message);
      expect(read).toBeGreaterThanOrEqual(2 * PART);
      expect(inner.underWay.size).toBe(0);
    }
  });

  it("has no request under way once it is cancelled, or its reader has left", async () => {
    const { inner, store } = await withBig();
    const cancelling = new AbortController();
    inner.inject("get", { kind: "hang" }, { call: 2, times: 2 });
    const reading = (async () => {
      for await (const _ of store.get("stack/big", { range: ALL, signal: cancelling.signal }))
        cancelling.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
    expect(inner.underWay.size).toBe(0);
    inner.inject("get", { kind: "hang" }, { call: 2, times: 2 });
    for await (const _ of store.get("stack/big", { range: ALL })) break;
    expect(inner.underWay.size).toBe(0);
  });

  it("gets over cuts and storms in any part of an object in Cloud Storage", async () => {
    const { gcs, store, clock } = await gcsStore({ around: { blockBytes: 2 ** 20 } });
    await store.put("stack/big", patternBody(SIZE, [70_001]));
    for (let turn = 0; turn < 8; turn++) {
      gcs.inject("media", { kind: "cut-after", bytes: 30_000 });
      gcs.inject("media", { kind: "refuse", status: 503 });
    }
    const digest = await sha256Of(parallel(store, clock).get("stack/big", { range: ALL }));
    expect(digest).toBe(await sha256Of(patternBody(SIZE, [1000])));
  });
});
