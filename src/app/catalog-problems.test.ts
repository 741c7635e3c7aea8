/** Nothing that cannot be restored is listed, and nothing that is not listed is passed over in silence. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { putPoint, recordOf } from "../../test/fakes/points.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { Catalog } from "./catalog.ts";

const GOOD = "2026-11-19T03:00:00Z";
const BAD = "2026-11-20T03:00:00Z";

async function setUp() {
  const inner = new MemoryStore({ name: "local", clock: new FakeClock() });
  const store = new FaultyStore(inner);
  await putPoint(store, GOOD);
  return { inner, store, bad: await putPoint(store, BAD) };
}

const folderOf = ({ stack, job, id }: CommitRecord) => `${stack}/${job}/${id}/`;
const list = (store: FaultyStore | MemoryStore) => new Catalog().listPoints(store, { stack: "stack" });

async function listWithRecord(text: string) {
  const { inner, bad } = await setUp();
  await inner.put(`${folderOf(bad)}recovery-point.json`, bodyOf(text), { replace: true });
  const { points, problems } = await list(inner);
  expect(points.map(({ startedAt }) => startedAt)).toEqual([Date.parse(GOOD)]);
  expect(problems).toHaveLength(1);
  return problems[0];
}

describe("a point that cannot be used is a problem", () => {
  it("when its record was written by a newer Holdfast", async () => {
    const problem = await listWithRecord(JSON.stringify({ format: 2, everything: "is different" }));
    expect(problem?.kind).toBe("unsupported");
    expect(problem?.message).toBe(
      "Reading recovery point local:stack/data/20261120T030000Z-7f3a/ failed: its commit record was written by a " +
        "newer Holdfast (format 2; this one reads up to 1); update Holdfast.",
    );
  });

  it("when its record is cut off, empty, not JSON, or something else", async () => {
    const whole = JSON.stringify(recordOf(BAD));
    const texts = ["", whole.slice(0, -1), "null", "[]", "{}", "42", "\u0000\u0000", `${whole}x`];
    for (const text of texts) expect((await listWithRecord(text))?.kind, text).toBe("damaged");
  });

  it("when any part of its record is missing or of the wrong kind", async () => {
    const record: Record<string, unknown> = { ...recordOf(BAD) };
    for (const key of Object.keys(record)) {
      const text = JSON.stringify({ ...record, [key]: undefined });
      const problem = await listWithRecord(text);
      expect(problem?.kind, key).toBe("damaged");
      expect(problem?.message).toContain(key);
    }
  });

  it("when its record names objects outside the point's folder, or one twice", async () => {
    const [object] = recordOf(BAD).objects;
    for (const name of [
      "../other/archive",
      "/etc/passwd",
      "a/b",
      "",
      ".",
      "recovery-point.json",
      "pin.json",
    ]) {
      const record = recordOf(BAD, { objects: [{ name, size: 1, sha256: "0".repeat(64) }] });
      expect((await listWithRecord(JSON.stringify(record)))?.kind, name).toBe("damaged");
    }
    const twice = recordOf(BAD, { objects: object === undefined ? [] : [object, object] });
    expect((await listWithRecord(JSON.stringify(twice)))?.kind).toBe("damaged");
  });

  it("when its record is that of another stack, job or point", async () => {
    for (const change of [{ stack: "other" }, { job: "other" }, { id: "20200101T000000Z-0000" }]) {
      expect((await listWithRecord(JSON.stringify(recordOf(BAD, change))))?.kind).toBe("foreign");
    }
  });

  it("when an object is missing or of another size", async () => {
    for (const spoil of ["missing", "longer"]) {
      const { inner, bad } = await setUp();
      const key = `${folderOf(bad)}archive.tar.zst`;
      if (spoil === "missing") await inner.delete(key);
      else await inner.put(key, bodyOf("the archive and more"), { replace: true });
      const { points, problems } = await list(inner);
      expect(points).toHaveLength(1);
      expect(problems).toMatchObject([{ kind: "incomplete", id: bad.id }]);
      expect(problems[0]?.message).toContain("archive.tar.zst");
    }
  });

  it("when a point that it needs is not there, or is itself not whole", async () => {
    const { inner, bad } = await setUp();
    const second = await putPoint(inner, "2026-11-20T04:00:00Z", { kind: "incremental", needs: [bad.id] });
    const third = await putPoint(inner, "2026-11-20T05:00:00Z", { kind: "incremental", needs: [second.id] });
    expect((await list(inner)).points).toHaveLength(4);
    await inner.delete(`${folderOf(bad)}archive.tar.zst`);
    const { points, problems } = await list(inner);
    expect(points).toHaveLength(1);
    expect(problems.map(({ id }) => id).sort()).toEqual([bad.id, second.id, third.id]);
  });

  it("when its folder was renamed", async () => {
    const { inner } = await setUp();
    await inner.put("stack/data/old-backup/recovery-point.json", bodyOf("{}"));
    expect((await list(inner)).problems).toMatchObject([{ kind: "foreign", id: "old-backup" }]);
  });

  it("when its proof cannot be read: it is listed, but not as one that was proven", async () => {
    const { inner, bad } = await setUp();
    await inner.put(`${folderOf(bad)}proofs/20261120T050000000Z.json`, bodyOf("{"));
    const { points, problems } = await list(inner);
    expect(points[0]?.lastProof?.outcome).toBe("failed");
    expect(problems).toMatchObject([{ kind: "proof-unreadable", id: bad.id }]);
  });
});

describe("a catalog read while others write", () => {
  it("leaves a point out that is deleted between the listing and the reading, without a problem", async () => {
    const { inner, store, bad } = await setUp();
    const racing = raceAfterListing(store, () => inner.delete(`${folderOf(bad)}recovery-point.json`));
    const { points, problems } = await list(racing);
    expect(points).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it("asks again for an object that the listing passed before it was written", async () => {
    const { store } = await setUp();
    const list = store.list.bind(store);
    store.list = async function* (prefix, options) {
      for await (const object of list(prefix, options)) if (!object.key.endsWith(".zst")) yield object;
    };
    const { points, problems } = await new Catalog().listPoints(store, { stack: "stack" });
    expect(points).toHaveLength(2);
    expect(problems).toEqual([]);
  });

  function raceAfterListing(store: FaultyStore, act: () => Promise<void>): FaultyStore {
    const list = store.list.bind(store);
    store.list = async function* (prefix, options) {
      yield* list(prefix, options);
      await act();
    };
    return store;
  }
});

it("accounts for every committed point, whatever is done to the bytes of its record", async () => {
  const whole = Buffer.from(JSON.stringify(recordOf(BAD)));
  const spoiled = fc
    .tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length))
    .map(([at, byte, cut]) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      return bytes.subarray(0, cut);
    });
  await fc.assert(
    fc.asyncProperty(spoiled, async (bytes) => {
      const { inner, bad } = await setUp();
      await inner.put(`${folderOf(bad)}recovery-point.json`, bodyOf(bytes), { replace: true });
      const { points, problems } = await list(inner);
      expect(points.length + problems.length).toBe(2);
    }),
    { numRuns: 60 },
  );
});
