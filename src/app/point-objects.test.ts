import { describe, expect, it } from "vitest";
import { bodyOf, keysOf, textOf } from "../../test/contract/bytes.ts";
import { appendOnly } from "../../test/fakes/append-only-store.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { putPoint, recordOf } from "../../test/fakes/points.ts";
import type { Proof } from "../domain/recovery-point.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { openStored, pin, readRecord, unpin, writeCommitRecord, writeProof } from "./point-objects.ts";

const STARTED = "2026-11-20T03:00:00Z";
const FOLDER = "stack/data/20261120T030000Z-7f3a/";
const makeStore = () => new MemoryStore({ name: "local", clock: new FakeClock() });

describe("a commit record", () => {
  it("is read as it was written, and is a text that people can read", async () => {
    const store = makeStore();
    const warning = { path: "a", problem: "grew", message: "a grew" } as const;
    const record = recordOf(STARTED, { warnings: [warning], warningCount: 1, capture: { files: ["x"] } });
    await writeCommitRecord(store, record);
    expect(await readRecord(store, record)).toEqual(record);
    expect(await textOf(store.get(`${FOLDER}recovery-point.json`))).toContain('\n  "job": "data",\n');
  });

  it("is never overwritten", async () => {
    const store = makeStore();
    const record = await putPoint(store, STARTED);
    const other = { ...record, sourceKind: "postgres" };
    await expect(writeCommitRecord(store, other)).rejects.toMatchObject({ code: "already-exists" });
    expect(await readRecord(store, record)).toEqual(record);
  });

  it("is not written when it could not be read again", async () => {
    const store = makeStore();
    for (const change of [{ id: "latest" }, { startedAt: "yesterday" }, { warningCount: -1 }]) {
      const writing = writeCommitRecord(store, recordOf(STARTED, change));
      await expect(writing).rejects.toMatchObject({ code: "internal" });
    }
    expect(await keysOf(store)).toEqual([]);
  });

  it("is not found where there is none, and refused where it is another point's", async () => {
    const store = makeStore();
    const record = recordOf(STARTED);
    await expect(readRecord(store, record)).rejects.toMatchObject({ code: "not-found" });
    await store.put(`${FOLDER}recovery-point.json`, bodyOf(JSON.stringify({ ...record, job: "users" })));
    await expect(readRecord(store, record)).rejects.toMatchObject({ code: "damaged" });
  });
});

describe("the objects beside a commit record", () => {
  it("are read whole and by range, by the name and size that the record gives", async () => {
    const store = makeStore();
    const record = await putPoint(store, STARTED);
    const reader = openStored(store, record, "archive.tar.zst");
    expect(reader).toMatchObject({ name: `local:${FOLDER}archive.tar.zst`, size: 11 });
    expect(await textOf(reader.read())).toBe("the archive");
    expect(await textOf(reader.read({ range: { offset: 4, length: 4 } }))).toBe("arch");
    expect(() => openStored(store, record, "other")).toThrow(expect.objectContaining({ code: "not-found" }));
  });

  it("are proofs, of which none is lost when two are of the same instant", async () => {
    const store = makeStore();
    const record = await putPoint(store, STARTED);
    const at = "2026-11-20T05:06:07.089Z";
    const proof: Proof = {
      format: 1,
      operation: "verify",
      point: record.id,
      at,
      outcome: "passed",
      problems: [],
    };
    await writeProof(store, record, proof);
    await writeProof(store, record, { ...proof, operation: "drill" });
    expect(await keysOf(store, `${FOLDER}proofs/`)).toEqual([
      `${FOLDER}proofs/20261120T050607089Z.json`,
      `${FOLDER}proofs/20261120T050607090Z.json`,
    ]);
  });

  it("are a pin, which can be set and taken away more than once, but only of a point that exists", async () => {
    const store = makeStore();
    const at = Date.parse(STARTED);
    const record = recordOf(STARTED);
    await expect(pin(store, record, { at })).rejects.toMatchObject({ code: "not-found" });
    await expect(unpin(store, record)).rejects.toMatchObject({ code: "not-found" });
    await putPoint(store, STARTED);
    await pin(store, record, { at });
    await pin(store, record, { at, reason: "before the migration" });
    await pin(appendOnly(store), record, { at });
    expect(JSON.parse(await textOf(store.get(`${FOLDER}pin.json`)))).toMatchObject({
      pinnedAt: "2026-11-20T03:00:00.000Z",
      reason: "before the migration",
    });
    await unpin(store, record);
    await unpin(store, record);
    expect(await store.stat(`${FOLDER}pin.json`)).toBeUndefined();
  });
});
