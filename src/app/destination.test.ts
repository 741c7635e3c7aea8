import { describe, expect, it } from "vitest";
import { bodyOf, keysOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { recordOf } from "../../test/fakes/points.ts";
import { HoldfastError } from "../domain/errors.ts";
import { MINUTE } from "../domain/instant.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { withLimit } from "../stores/with-limit.ts";
import { Destination } from "./destination.ts";

const RECORD = recordOf("2026-11-20T03:00:00Z");
const PREFIX = "stack/data/20261120T030000Z-7f3a/";
const LOST = new HoldfastError("store", { what: "Holding the lock", why: "somebody removed it" });

function setUp() {
  const clock = new FakeClock();
  const store = new FaultyStore(new MemoryStore({ name: "local", clock }));
  const lost = new AbortController();
  const lock = { signal: lost.signal, check: () => lost.signal.throwIfAborted() };
  const signal = new AbortController().signal;
  const destination = new Destination({ store, lock, clock, signal, prefix: PREFIX });
  const writeArchive = () => destination.startUpload("archive.tar.zst")(Buffer.from("the archive"));
  const startIndex = () => destination.startUpload("files.jsonl.zst");
  const write = async () => {
    await writeArchive();
    await startIndex()(Buffer.from("the index"));
  };
  const names = async () => (await keysOf(store)).map((key) => key.slice(PREFIX.length));
  return { clock, store, lost, destination, writeArchive, startIndex, write, names };
}

async function untilAsleep(clock: FakeClock): Promise<void> {
  for (let turn = 0; clock.sleeping === 0 && turn < 10_000; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a store's share of a backup", () => {
  it("is committed once everything was read back", async () => {
    const { destination, write, names } = setUp();
    await write();
    await destination.complete(RECORD);
    expect(destination.failure).toBeUndefined();
    expect(await names()).toEqual(["archive.tar.zst", "files.jsonl.zst", "recovery-point.json"]);
  });

  it("is not committed when the lock was lost, of which a process that was stopped hears late", async () => {
    const { destination, write, lost, names, store } = setUp();
    await write();
    store.inject("get", { kind: "throw-after", error: LOST }, { call: 99 });
    lost.abort(LOST);
    await destination.complete(RECORD);
    expect(destination.failure).toBe(LOST);
    expect(await names()).toEqual([]);
  });

  it("takes a store that its limit makes slow, and not for one that stands still", async () => {
    const clock = new FakeClock();
    const inner = new MemoryStore({ name: "local", clock });
    const store = withLimit(inner, { clock, rateAt: () => 100_000 });
    const lock = { signal: new AbortController().signal, check: () => undefined };
    const shared = Array.from({ length: 8 }, (_, job) => {
      const signal = new AbortController().signal;
      return new Destination({ store, lock, clock, signal, prefix: `stack/job-${job}/x/` });
    });
    const chunk = Buffer.alloc(4 * 2 ** 20);
    let isOver = false;
    const writing = Promise.all(shared.map((one) => one.startUpload("archive")(chunk))).then(
      () => (isOver = true),
    );
    const from = clock.monotonic();
    for (let turn = 0; !isOver && turn < 10_000; turn++) await clock.advance(125);
    await writing;
    expect(clock.monotonic() - from).toBeGreaterThan(5 * MINUTE);
    expect(shared.map(({ failure }) => failure)).toEqual(shared.map(() => undefined));
  });

  it("does not remove objects that another writer had put under its names", async () => {
    const { destination, write, names, store } = setUp();
    await store.put(`${PREFIX}archive.tar.zst`, bodyOf("somebody else's"));
    await write();
    await destination.complete(RECORD);
    expect(destination.failure).toMatchObject({ code: "already-exists" });
    expect(await names()).toEqual(["archive.tar.zst"]);
  });

  it("fails when the store hangs while it is written to", async () => {
    const { destination, writeArchive, startIndex, clock, store } = setUp();
    store.inject("put", { kind: "hang" }, { key: /files/ });
    await writeArchive();
    const written = startIndex()(Buffer.from("the index"));
    await untilAsleep(clock);
    await clock.advance(6 * MINUTE);
    await written;
    await destination.complete(RECORD);
    expect(destination.failure).toMatchObject({ code: "timeout" });
  });

  it("fails when the store hangs at the end of a put", async () => {
    const { destination, writeArchive, startIndex, clock, store } = setUp();
    store.inject("put", { kind: "hang" }, { key: /files/ });
    await writeArchive();
    startIndex();
    const done = destination.complete(RECORD);
    await untilAsleep(clock);
    await clock.advance(6 * MINUTE);
    await done;
    expect(destination.failure).toMatchObject({ code: "timeout" });
  });

  it("fails when the store hangs when it is read back", async () => {
    const { destination, write, clock, store } = setUp();
    store.inject("get", { kind: "hang" }, { key: /archive/ });
    await write();
    const done = destination.complete(RECORD);
    await untilAsleep(clock);
    await clock.advance(6 * MINUTE);
    await done;
    expect(destination.failure).toMatchObject({ code: "timeout" });
  });

  it("is taken back whole when the source fails", async () => {
    const { destination, write, names } = setUp();
    await write();
    await destination.abandon(new Error("pg_dump exited with 1"));
    expect(await names()).toEqual([]);
  });
});
