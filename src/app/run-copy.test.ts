import { describe, expect, it } from "vitest";
import { textOf } from "../../test/contract/bytes.ts";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { transientError, type FaultyStore } from "../../test/fakes/faulty-store.ts";
import { putObjects, putPoint, recordOf } from "../../test/fakes/points.ts";
import type { RetentionPolicy } from "../domain/retention.ts";
import { pin } from "./point-objects.ts";
import { runCopy, type CopyChoice } from "./run-copy.ts";

const JOB = { stack: STACK, job: "data" };
const startOf = (day: number) => `2026-11-0${day}T03:00:00Z`;
const idOf = (day: number) => recordOf(startOf(day)).id;
const put = (store: FaultyStore, day: number, needs: number[] = []) =>
  putPoint(store, startOf(day), { ...JOB, needs: needs.map(idOf) });

/** A full of the first, an incremental of the second that needs it, and fulls of the third and fourth. */
async function setUp() {
  const shop = appWorkshop(["local", "offsite"]);
  const [from, to] = shop.stores as [FaultyStore, FaultyStore];
  for (const [day, needs] of [[1], [2, 1], [3], [4]].map(([day = 0, ...rest]) => [day, rest] as const))
    await put(from, day, needs);
  const abort = new AbortController();
  const copy = async (choice: CopyChoice, retention: RetentionPolicy = {}) => {
    const job = { ...testJob({ retention }), name: "data" };
    const request = { job, from, to, choice, trigger: "command" as const, signal: abort.signal };
    return runCopy(shop.context, request);
  };
  const idsIn = async (store: FaultyStore) => {
    const { points, problems } = await shop.context.catalog.listPoints(store, { stack: STACK });
    expect(problems).toEqual([]);
    return points.map(({ id }) => id).reverse();
  };
  return { ...shop, from, to, abort, copy, idsIn };
}

describe("a copy", () => {
  it.each<[string, CopyChoice, RetentionPolicy, number[]]>([
    ["what retention would keep in the other store", "kept", { last: 2 }, [3, 4]],
    ["all of it, when all is asked for", "all", { last: 2 }, [1, 2, 3, 4]],
    ["one by its id, with what it needs", { id: idOf(2) }, {}, [1, 2]],
    ["that of a time", { at: Date.parse("2026-11-03T12:00:00Z") }, {}, [3]],
  ])("brings %s", async (_what, choice, retention, days) => {
    const { copy, to, idsIn, context } = await setUp();
    const { run, report } = await copy(choice, retention);
    expect(run).toMatchObject({ outcome: "succeeded", operation: "copy", job: "data" });
    expect(await idsIn(to)).toEqual(days.map(idOf));
    expect(report?.copied.map(({ id }) => id)).toEqual(days.map(idOf));
    expect(context.state.audit.recent(1)[0]).toMatchObject({ operation: "copy", details: { to: "offsite" } });
  });

  it("fails, naming the nearest, when there is no such point", async () => {
    const { copy } = await setUp();
    expect((await copy({ id: "20260101" })).run).toMatchObject({ outcome: "failed" });
  });

  it("is partial when a point cannot be used where it comes from, and copies the others", async () => {
    const { copy, from, to } = await setUp();
    await from.delete(`${STACK}/data/${idOf(1)}/archive.tar.zst`);
    const { run, report } = await copy("all");
    expect(run.outcome).toBe("partial");
    expect(report?.copied.map(({ id }) => id)).toEqual([idOf(3), idOf(4)]);
    expect(report?.problems).toHaveLength(2);
    expect(to.callsOf("put").filter((key) => key.includes(idOf(2)))).toEqual([]);
  });

  it("says nothing of a point that the other store has whole", async () => {
    const { copy, from } = await setUp();
    await copy("all");
    await from.delete(`${STACK}/data/${idOf(4)}/archive.tar.zst`);
    expect((await copy("all")).run.outcome).toBe("succeeded");
  });

  it("is partial when the other store fails in the middle, and goes on where it stopped when it is repeated", async () => {
    const { copy, to, idsIn } = await setUp();
    to.inject(
      "put",
      { kind: "throw-before", error: transientError() },
      { key: new RegExp(`${idOf(3)}/arch`) },
    );
    expect((await copy("all")).run).toMatchObject({ outcome: "partial" });
    expect(await idsIn(to)).toEqual([idOf(1), idOf(2)]);
    expect((await copy("all")).report?.copied.map(({ id }) => id)).toEqual([idOf(3), idOf(4)]);
  });

  it("that is cut off at the pin of a pinned point is repeated, so that none stands there unpinned", async () => {
    const { copy, from, to, context } = await setUp();
    const pinned = recordOf(startOf(4), JOB);
    await pin(from, pinned, { at: 0 });
    to.inject("put", { kind: "throw-before", error: transientError() }, { key: /pin\.json/ });
    const pinsIn = async () => {
      const { points } = await context.catalog.listPoints(to, { stack: STACK });
      return points.map((point) => [point.id, point.pinned]);
    };
    await copy({ id: pinned.id });
    expect(await pinsIn()).toEqual([]);
    expect((await copy({ id: pinned.id })).run.outcome).toBe("succeeded");
    expect(await pinsIn()).toEqual([[pinned.id, true]]);
    expect(JSON.parse(await textOf(to.get(`${STACK}/data/${pinned.id}/pin.json`)))).toMatchObject({
      reason: "pinned in local",
    });
  });

  it("fails when the other store takes nothing", async () => {
    const { copy, to } = await setUp();
    to.inject("put", { kind: "no-space", after: 1 }, { key: /archive/ });
    expect(await copy("all")).toMatchObject({ run: { outcome: "failed" }, error: { code: "no-space" } });
  });

  it("removes what a killed one left, which stands in its way", async () => {
    const { copy, to, idsIn } = await setUp();
    await putObjects(to, recordOf(startOf(3), JOB));
    expect((await copy("all")).run.outcome).toBe("succeeded");
    expect(await idsIn(to)).toEqual([1, 2, 3, 4].map(idOf));
  });
});

it("a copy keeps others from pruning what it reads, and from writing where it writes", async () => {
  const { copy, from, to, context, locks } = await setUp();
  const used: unknown[] = [];
  const original = to.put.bind(to);
  const signal = new AbortController().signal;
  to.put = async (key, ...rest) => {
    if (key.includes("archive")) {
      used.push(await context.locks.pointsInUse(from, signal));
      const rival = { stack: STACK, mode: "write" as const, operation: "backup", wait: 0 };
      await expect(locks.acquire(to, rival)).rejects.toMatchObject({ code: "refused" });
    }
    return original(key, ...rest);
  };
  await copy({ id: idOf(2) });
  expect(used).toEqual([
    [idOf(1), idOf(2)],
    [idOf(1), idOf(2)],
  ]);
  expect(await context.locks.pointsInUse(from, signal)).toEqual([]);
});

it("a copy is cancelled by its signal, and leaves no half point", async () => {
  const { copy, to, abort, idsIn } = await setUp();
  to.inject("put", { kind: "hang" }, { key: new RegExp(`${idOf(3)}/archive`) });
  const copying = copy("all");
  while (!to.callsOf("put").some((key) => key.includes(idOf(3))))
    await new Promise((done) => setImmediate(done));
  abort.abort();
  expect((await copying).run).toMatchObject({ outcome: "cancelled" });
  expect(await idsIn(to)).toEqual([idOf(1), idOf(2)]);
});
