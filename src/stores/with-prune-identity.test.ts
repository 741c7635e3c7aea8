import { expect, it } from "vitest";
import { bodyOf, keysOf, textOf } from "../../test/contract/bytes.ts";
import { appendOnly } from "../../test/fakes/append-only-store.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { withPruneIdentity } from "./with-prune-identity.ts";

function setUp() {
  const whole = new MemoryStore({ name: "offsite", clock: new FakeClock() });
  const asked: string[] = [];
  const daily = Object.assign(appendOnly(whole), { inspect: async () => ["of both", "of the daily one"] });
  const pruner = {
    name: "offsite",
    kind: "memory",
    put: whole.put.bind(whole),
    delete: whole.delete.bind(whole),
    inspect: async () => ["of both", "of the other one"],
  };
  const onlyTakesAway = new Proxy(pruner, {
    get(target, method, receiver) {
      asked.push(String(method));
      return Reflect.get(target, method, receiver) as unknown;
    },
  }) as unknown as MemoryStore;
  return { whole, asked, store: withPruneIdentity(daily, onlyTakesAway) };
}

it("deletes and replaces by the identity that may, and does everything else by the daily one", async () => {
  const { store, asked, whole } = setUp();
  await store.put("a", bodyOf("one"));
  await expect(store.put("a", bodyOf("two"))).rejects.toMatchObject({ code: "already-exists" });
  expect(await textOf(store.get("a"))).toBe("one");
  expect(await store.stat("a")).toMatchObject({ size: 3 });
  expect(await keysOf(store)).toEqual(["a"]);
  expect(await store.removeLeftovers("a/")).toBe(0);
  expect(await store.space()).toBeUndefined();
  expect(asked).toEqual([]);
  await store.put("a", bodyOf("two"), { replace: true });
  expect(await textOf(whole.get("a"))).toBe("two");
  await store.delete("a");
  expect(await keysOf(whole)).toEqual([]);
});

it("tells what either of the two lacks, once", async () => {
  const { store } = setUp();
  expect(await store.inspect?.()).toEqual(["of both", "of the daily one", "of the other one"]);
});
