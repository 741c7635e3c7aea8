import { describe, expect, it } from "vitest";
import {
  bodyOf,
  bytesOf,
  patternBody,
  patternBytes,
  sha256Of,
  textOf,
} from "../../../test/contract/bytes.ts";
import { gcsStore } from "../../../test/fakes/gcs/gcs-store.ts";

const SIZE = 2 * 1024 * 1024 + 77;
const big = () => patternBody(SIZE, [100_003]);
const digestOfBig = sha256Of(big());

async function withBig() {
  const made = await gcsStore({ around: { blockBytes: 8 * 1024 * 1024 } });
  await made.store.put("stack/big", big());
  made.gcs.requests.length = 0;
  return made;
}

describe("a download from Cloud Storage", () => {
  it("is one request, of the whole or of a range, also past the end", async () => {
    const { gcs, store } = await withBig();
    for (const range of [
      undefined,
      { offset: 5, length: 10 },
      { offset: SIZE - 1, length: 10 },
      { offset: SIZE, length: 1 },
    ]) {
      gcs.requests.length = 0;
      await bytesOf(store.get("stack/big", range === undefined ? {} : { range }));
      expect(gcs.requests.map(({ operation }) => operation)).toEqual(["media"]);
    }
  });

  it("goes on where it was cut, in the same generation, as often as it gets further", async () => {
    const { gcs, store } = await withBig();
    for (let turn = 0; turn < 12; turn++) gcs.inject("media", { kind: "cut-after", bytes: 100_000 });
    expect(await sha256Of(store.get("stack/big"))).toBe(await digestOfBig);
    const again = gcs.seen("media").slice(1);
    expect(again).toHaveLength(12);
    expect(new Set(again.map(({ url }) => /generation=(\d+)/.exec(url)?.[1])).size).toBe(1);
    expect(again[0]?.headers.range).toMatch(/^bytes=\d+-2097228$/);
  });

  it("goes on with a range where it was cut", async () => {
    const { gcs, store } = await withBig();
    gcs.inject("media", { kind: "cut-after", bytes: 300_000 });
    gcs.inject("media", { kind: "refuse", status: 503 });
    const range = { offset: 1_000_003, length: 700_000 };
    const read = await bytesOf(store.get("stack/big", { range }));
    expect(Buffer.compare(read, patternBytes(range.offset, range.length))).toBe(0);
  });

  it("never mixes an object with the one that has replaced it", async () => {
    const { gcs, store } = await withBig();
    gcs.inject("media", { kind: "cut-after", bytes: 500_000 });
    const reading = (async () => {
      let isFirst = true;
      for await (const _ of store.get("stack/big")) {
        if (isFirst) await store.put("stack/big", bodyOf("new"), { replace: true });
        isFirst = false;
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "not-found" });
    expect(await textOf(store.get("stack/big"))).toBe("new");
  });

  it("leaves trouble before the first byte to whoever asked", async () => {
    const { gcs, store, clock } = await withBig();
    gcs.inject("media", { kind: "refuse", status: 503 });
    await expect(bytesOf(store.get("stack/big"))).rejects.toMatchObject({ code: "store", transient: true });
    expect(clock.waits).toEqual([]);
  });

  it("gives up when it gets no further", async () => {
    const { gcs, store } = await withBig();
    gcs.inject("media", { kind: "cut-after", bytes: 100_000 });
    gcs.inject("media", { kind: "cut" }, { times: 50 });
    await expect(bytesOf(store.get("stack/big"))).rejects.toThrow(
      "Reading offsite:stack/big failed: the connection was cut.",
    );
  });

  it("that brings other bytes than were stored is damaged, whole or put together after a cut", async () => {
    const { gcs, store } = await withBig();
    gcs.inject("media", { kind: "corrupt" });
    await expect(bytesOf(store.get("stack/big"))).rejects.toMatchObject({ code: "damaged" });
    gcs.inject("media", { kind: "cut-after", bytes: 100_000 });
    gcs.inject("media", { kind: "corrupt" });
    await expect(bytesOf(store.get("stack/big"))).rejects.toMatchObject({ code: "damaged" });
  });

  it("that stands still for a minute is given up and taken up again", async () => {
    const { gcs, store, clock } = await withBig();
    gcs.inject("media", { kind: "hang", bytes: 400_000 });
    const reading = sha256Of(store.get("stack/big"));
    while (gcs.seen("media").length < 2) await clock.advance(10_000);
    expect(await reading).toBe(await digestOfBig);
  });

  it("waits for a slow reader for as long as that takes", async () => {
    const { gcs, store, clock } = await withBig();
    let read = 0;
    for await (const chunk of store.get("stack/big")) {
      read += chunk.byteLength;
      await clock.advance(90_000);
    }
    expect(read).toBe(SIZE);
    expect(gcs.seen("media")).toHaveLength(1);
  });

  it("closes its connection when the reader leaves", async () => {
    const { gcs, store } = await gcsStore({ around: { blockBytes: 16 * 1024 * 1024 } });
    await store.put("stack/huge", patternBody(12 * 1024 * 1024, [1024 * 1024]));
    for await (const _ of store.get("stack/huge")) break;
    while ((await gcs.connections()) > 1) await new Promise(setImmediate);
  });
});
