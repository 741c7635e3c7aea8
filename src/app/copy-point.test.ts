import { describe, expect, it } from "vitest";
import { bytesOf, keysOf } from "../../test/contract/bytes.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore, transientError, type Fault } from "../../test/fakes/faulty-store.ts";
import { putObjects, putPoint, recordOf } from "../../test/fakes/points.ts";
import { putObject } from "../../test/fakes/stored-points.ts";
import { HoldfastError } from "../domain/errors.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { copyPoint } from "./copy-point.ts";

const START = "2026-11-20T03:00:00Z";
const PREFIX = "stack/data/20261120T030000Z-7f3a/";
const OBJECTS = ["archive.tar.zst", "files.jsonl.zst"];

function setUp() {
  const clock = new FakeClock();
  const [from, to] = ["local", "offsite"].map(
    (name) => new FaultyStore(new MemoryStore({ name, clock })),
  ) as [FaultyStore, FaultyStore];
  const abort = new AbortController();
  const lock = { signal: new AbortController().signal, check: () => undefined };
  const record = recordOf(START);
  const copy = () => copyPoint({ record, from, to: { store: to, lock }, clock, signal: abort.signal });
  const names = async () => (await keysOf(to)).map((key) => key.slice(PREFIX.length));
  return { clock, from, to, abort, record, copy, names };
}

describe("a copied point", () => {
  it("is the same bytes in the other store, its commit record last and as it was written", async () => {
    const { from, to, copy } = setUp();
    await putPoint(from, START);
    expect(await copy()).toBeUndefined();
    for (const key of await keysOf(from))
      expect(await bytesOf(to.get(key))).toEqual(await bytesOf(from.get(key)));
    expect(to.callsOf("put")).toEqual([...OBJECTS, "recovery-point.json"].map((name) => PREFIX + name));
  });

  it("keeps what only a later version understands in its commit record", async () => {
    const { from, to, copy, record } = setUp();
    await putObjects(from, record);
    const text = JSON.stringify({ ...record, ofALaterVersion: { so: "what" } });
    await putObject(from, `${PREFIX}recovery-point.json`, text);
    expect(await copy()).toBeUndefined();
    expect((await bytesOf(to.get(`${PREFIX}recovery-point.json`))).toString()).toBe(text);
  });

  it("is nothing but the objects that its commit record names", async () => {
    const { from, copy, names } = setUp();
    await putPoint(from, START);
    for (const name of ["pin.json", "proofs/20261120T050000000Z.json", "notes.txt"])
      await putObject(from, PREFIX + name);
    expect(await copy()).toBeUndefined();
    expect(await names()).toEqual([...OBJECTS, "recovery-point.json"]);
  });

  it("takes no other's place: what is there by its name stays", async () => {
    const { from, to, copy } = setUp();
    await putPoint(from, START);
    await putObject(to, `${PREFIX}archive.tar.zst`, "another");
    expect(await copy()).toMatchObject({ side: "to", error: { code: "already-exists" } });
    expect(await keysOf(to)).toEqual([`${PREFIX}archive.tar.zst`]);
  });
});

describe("a point whose original is not what it was is not copied, and nothing is left of it:", () => {
  const faults: [string, Fault][] = [
    ["another byte", { kind: "flip-byte", at: 3 }],
    ["a cut one", { kind: "cut-body", at: 4 }],
    ["one that ends in an error", { kind: "throw-after", items: 1, error: transientError() }],
  ];
  for (const [what, fault] of faults)
    for (const object of OBJECTS)
      it(`${what}, in ${object}`, async () => {
        const { from, copy, names } = setUp();
        await putPoint(from, START);
        from.inject("get", fault, { key: new RegExp(object) });
        expect(await copy()).toMatchObject({ side: "from", error: expect.any(HoldfastError) as unknown });
        expect(await names()).toEqual([]);
      });

  it("a commit record that was changed after it was written", async () => {
    const { from, copy, names } = setUp();
    await putPoint(from, START);
    from.inject("get", { kind: "flip-byte", at: 40 }, { key: /recovery-point/ });
    expect(await copy()).toMatchObject({ side: "from", error: { code: "damaged" } });
    expect(await names()).toEqual([]);
  });
});

describe("a store that is copied to and does not do as it is told has no point, and no remains:", () => {
  const faults: [string, Fault][] = [
    ["it stores another byte", { kind: "flip-byte", at: 3 }],
    ["it stores less", { kind: "cut-body", at: 4 }],
    ["it stores nothing", { kind: "drop" }],
    ["it is full", { kind: "no-space", after: 2 }],
  ];
  for (const [what, fault] of faults)
    for (const object of OBJECTS)
      it(`${what} of ${object}`, async () => {
        const { from, to, copy, names } = setUp();
        await putPoint(from, START);
        to.inject("put", fault, { key: new RegExp(object) });
        expect(await copy()).toMatchObject({ side: "to" });
        expect(await names()).toEqual([]);
      });
});

it("a copy that is cancelled leaves nothing", async () => {
  const { from, to, copy, names, abort } = setUp();
  await putPoint(from, START);
  to.inject("put", { kind: "hang" }, { key: /files/ });
  const copying = copy();
  while (!to.callsOf("put").some((key) => key.endsWith("files.jsonl.zst")))
    await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  expect(await copying).toMatchObject({ error: { code: "cancelled" } });
  expect(await names()).toEqual([]);
});
