import { describe, expect, it } from "vitest";
import { appendOnly } from "../../../test/fakes/append-only-store.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { runbookFactsOf } from "../../../test/fakes/runbook-facts.ts";
import { stackStatus } from "../../../test/fakes/status-fixture.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { MemoryStore } from "../../stores/memory/memory-store.ts";
import { readText } from "../small-object.ts";
import { publishRunbook, runbookKey } from "./publish-runbook.ts";

const signal = new AbortController().signal;
const KEY = runbookKey("analytics");
const open = runbookFactsOf({ encryption: undefined });
const later = { ...open, status: stackStatus({ ...open.status, version: "9.9.9" }) };
const memory = (name = "local") => new MemoryStore({ name, clock: new FakeClock() });
const keysIn = async (store: MemoryStore) =>
  (await Array.fromAsync(store.list("analytics/"))).map(({ key }) => key);

describe("a runbook in the stores", () => {
  it("takes the place of the one before, and keeps what people wrote", async () => {
    const store = memory();
    expect(
      await publishRunbook(open, { stores: [store], kept: { contacts: "Ada, +420 1" }, signal }),
    ).toEqual([]);
    expect(await publishRunbook(later, { stores: [store], signal })).toEqual([]);
    const text = await readText(store, KEY);
    expect(text).toContain("Ada, +420 1");
    expect(text).toContain("Holdfast 9.9.9");
    expect(await keysIn(store)).toEqual([KEY]);
  });

  it("is one a month where nothing can be replaced", async () => {
    const store = memory();
    for (let time = 0; time < 3; time++)
      expect(await publishRunbook(open, { stores: [appendOnly(store)], signal })).toEqual([]);
    expect((await keysIn(store)).toSorted()).toEqual(["analytics/DISASTER_RECOVERY-2026-11.md", KEY]);
  });

  it("names nobody in a store whose points are encrypted", async () => {
    const store = memory();
    await publishRunbook(runbookFactsOf(), { stores: [store], kept: { contacts: "Ada, +420 1" }, signal });
    expect(await readText(store, KEY)).not.toContain("Ada");
  });

  it("reaches the other stores when one does not take it", async () => {
    const down = memory("offsite");
    const error = new HoldfastError("store", { what: "Reading", why: "it is down", transient: true });
    down.get = () => {
      throw error;
    };
    const store = memory();
    expect(await publishRunbook(open, { stores: [down, store], signal })).toEqual([error]);
    expect(await keysIn(store)).toEqual([KEY]);
  });
});
