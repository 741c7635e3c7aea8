import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { Catalog } from "./catalog.ts";
import { listEverywhere, locatePoint } from "./locate-point.ts";

const signal = new AbortController().signal;

describe("over several stores", () => {
  it("the newest point is the one that started last, also of those made in one second", async () => {
    const stores = ["local", "offsite"].map((name) => new MemoryStore({ name, clock: new FakeClock() }));
    for (const store of stores) {
      await putPoint(store, "2026-11-20T03:00:00.100Z", { id: "20261120T030000Z-ffff" });
      await putPoint(store, "2026-11-20T03:00:00.900Z", { id: "20261120T030000Z-0000" });
    }
    const scope = { catalog: new Catalog(), stores, stack: "stack", signal };

    const { points } = await listEverywhere(scope);
    expect(points.map(({ id, store }) => `${id} ${store}`)).toEqual([
      "20261120T030000Z-0000 local",
      "20261120T030000Z-0000 offsite",
      "20261120T030000Z-ffff local",
      "20261120T030000Z-ffff offsite",
    ]);
    const { copies } = await locatePoint({ ...scope, choice: { newest: true } });
    expect(copies.map(({ point }) => point.id)).toEqual(["20261120T030000Z-0000", "20261120T030000Z-0000"]);
  });
});
