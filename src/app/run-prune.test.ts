import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { keysIn, listPoints, putObject, putPoint, recordOf } from "../../test/fakes/stored-points.ts";
import { hasCode, HoldfastError, retained } from "../domain/errors.ts";
import { jobPrefix, PIN_OBJECT } from "../domain/recovery-point.ts";
import type { RetentionPolicy } from "../domain/retention.ts";
import type { Store } from "../ports/store.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { PruneInterrupted, pruneStore } from "./run-prune.ts";
import type { PruneRequest } from "./run-prune.ts";

const DAYS = ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"];
const idOf = (day: string) => recordOf("web", "data", `${day} 03:00`).id;
const allKeys = (of: Store) => keysIn(of, "");

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore({ name: "local", clock: new FakeClock() });
});

async function putDays(days: readonly string[], { stack = "web", job = "data" } = {}): Promise<void> {
  for (const day of days) await putPoint(store, recordOf(stack, job, `${day} 03:00`));
}

/** Four days, each needing the one before; then a full and one that needs it. */
async function putChains(): Promise<void> {
  let needs: string[] = [];
  for (const day of ["2026-11-14", "2026-11-15", "2026-11-16", "2026-11-17"]) {
    await putPoint(store, recordOf("web", "data", `${day} 03:00`, needs));
    needs = [idOf(day)];
  }
  await putPoint(store, recordOf("web", "data", "2026-11-18 03:00"));
  await putPoint(store, recordOf("web", "data", "2026-11-20 03:00", [idOf("2026-11-18")]));
}

async function prune(policy: RetentionPolicy, overrides: Partial<PruneRequest> = {}) {
  const request: PruneRequest = {
    store,
    stack: "web",
    job: { name: "data", retention: policy, keepFor: {} },
    points: await listPoints(overrides.store ?? store, "web", "data"),
    problems: [],
    inUse: new Set(),
    timezone: "UTC",
    now: Date.parse("2026-11-20T04:00:00Z"),
    dryRun: false,
    signal: new AbortController().signal,
    ...overrides,
  };
  return pruneStore(request);
}

async function failureOf(pruning: Promise<unknown>): Promise<PruneInterrupted> {
  const error = await pruning.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PruneInterrupted) return error;
  throw new Error("the prune was not interrupted", { cause: error });
}

describe("pruning a store", () => {
  it("removes the points that the plan says, with all their objects, and no others", async () => {
    await putDays(DAYS);
    const { removed, decisions } = await prune({ last: 2 });
    expect(removed).toEqual(["2026-11-18", "2026-11-17", "2026-11-16"].map(idOf));
    expect(decisions.map(({ action }) => action)).toEqual(["keep", "keep", "remove", "remove", "remove"]);
    const left = await allKeys(store);
    expect(left).toHaveLength(2 * 4);
    expect(left.every((key) => key.includes("/20261119T") || key.includes("/20261120T"))).toBe(true);
  });

  it("only plans in a dry run", async () => {
    await putDays(DAYS);
    const before = await allKeys(store);
    const { decisions, removed } = await prune({ last: 2 }, { dryRun: true });
    expect(decisions.filter(({ action }) => action === "remove")).toHaveLength(3);
    expect(removed).toEqual([]);
    expect(await allKeys(store)).toEqual(before);
  });

  it("of an empty store does nothing", async () => {
    expect(await prune({ last: 1 })).toEqual({ decisions: [], removed: [] });
  });

  it("tells the observer what went", async () => {
    await putDays(DAYS);
    const events: unknown[] = [];
    await prune({ last: 4 }, { observer: { pointsPruned: (event) => events.push(event) } });
    expect(events).toEqual([{ job: "data", store: "local", points: [idOf("2026-11-16")] }]);
  });

  it("keeps what is pinned or in use", async () => {
    await putDays(DAYS.slice(1));
    await putPoint(store, recordOf("web", "data", "2026-11-16 03:00"), { pinned: true });
    const { removed } = await prune({ last: 1 }, { inUse: new Set([idOf("2026-11-17")]) });
    expect(removed).toEqual(["2026-11-19", "2026-11-18"].map(idOf));
  });

  it("keeps what the store does not let go of, with all that it needs, says why, and removes the rest", async () => {
    await putChains();
    const until = Date.parse("2026-12-01T00:00:00Z");
    const held = new FaultyStore(store).inject(
      "delete",
      { kind: "throw-before", error: retained("Deleting", { until }) },
      { key: new RegExp(`${idOf("2026-11-16")}/recovery-point`) },
    );
    const before = await allKeys(store);
    const { removed, decisions } = await prune({ last: 1 }, { store: held });
    expect(removed).toEqual([idOf("2026-11-17")]);
    const reasonsOf = (day: string) => decisions.find(({ id }) => id === idOf(day));
    expect(reasonsOf("2026-11-16")).toMatchObject({
      action: "keep",
      reasons: ["kept by the store until 2026-12-01T00:00:00.000Z"],
    });
    for (const day of ["2026-11-14", "2026-11-15"])
      expect(reasonsOf(day)).toMatchObject({
        action: "keep",
        reasons: [expect.stringContaining("needed by")],
      });
    expect(reasonsOf("2026-11-17")).toMatchObject({ action: "remove" });
    expect(await allKeys(store)).toEqual(before.filter((key) => !key.includes(idOf("2026-11-17"))));
  });

  it("leaves the objects of a point that is gone to the store that does not let go of them", async () => {
    await putDays(DAYS.slice(3));
    const held = new FaultyStore(store).inject(
      "delete",
      { kind: "throw-before", error: retained("Deleting", {}) },
      { key: /archive/, times: 9 },
    );
    const { removed } = await prune({ last: 1 }, { store: held });
    expect(removed).toEqual([idOf("2026-11-19")]);
    expect((await allKeys(store)).filter((key) => key.includes("20261119T"))).toHaveLength(1);
  });

  it("keeps everything older than a point that cannot be read: it may need any of it", async () => {
    await putDays(DAYS);
    const problem = { job: "data", id: idOf("2026-11-18"), kind: "unsupported" };
    const points = (await listPoints(store, "web", "data")).filter(({ id }) => id !== problem.id);
    expect((await prune({ last: 1 }, { points, problems: [problem] })).removed).toEqual([idOf("2026-11-19")]);
  });

  it("keeps what was made in the same second as a point that cannot be read, whichever id sorts first", async () => {
    for (const id of ["20261118T030000Z-ffff", "20261118T030000Z-0000"]) {
      await putPoint(store, { ...recordOf("web", "data", "2026-11-18 03:00"), id });
    }
    await putDays(["2026-11-20"]);
    const problem = { job: "data", id: "20261118T030000Z-7777", kind: "damaged" };
    expect((await prune({ last: 1 }, { problems: [problem] })).removed).toEqual([]);
  });

  it("is not held up by the problems of other jobs, or by those that hide no needs", async () => {
    await putDays(DAYS);
    const id = idOf("2026-11-20");
    const problems = [
      { job: "data-2", id, kind: "damaged" },
      { job: "data", id, kind: "foreign" },
      { job: "data", id, kind: "proof-unreadable" },
    ];
    expect((await prune({ last: 1 }, { problems })).removed).toHaveLength(4);
  });

  it("refuses an unsafe plan before anything is removed", async () => {
    await putDays(DAYS);
    const before = await allKeys(store);
    const error = await prune({ last: 1 }, { timezone: "Nowhere/Land" }).catch((reason: unknown) => reason);
    expect(hasCode(error, "refused")).toBe(true);
    expect(String(error)).toContain("Pruning job data in store local failed: the time zone Nowhere/Land");
    expect(await allKeys(store)).toEqual(before);
  });
});

describe("pruning touches nothing that is not a point of this job", () => {
  it("no other job or stack whose name begins alike, no loose object, no uncommitted point", async () => {
    const foreign = [
      "web/data/notes.txt",
      "web/data.txt",
      "web/data/20261101T030000Z-dead/archive.tar.zst",
      "web/.locks/stack.json",
    ];
    for (const key of foreign) await putObject(store, key);
    await putDays(DAYS, { job: "data-2" });
    await putDays(DAYS, { stack: "web-2" });
    await putDays(DAYS, { job: "dat" });
    const before = await allKeys(store);
    await putDays(DAYS);
    expect((await prune({ last: 1 })).removed).toHaveLength(4);
    const isOurNewest = (key: string) => key.startsWith(`${jobPrefix("web", "data")}${idOf("2026-11-20")}/`);
    expect((await allKeys(store)).filter((key) => !isOurNewest(key))).toEqual(before);
  });

  it.each([
    ["another stack", { stack: "shop" }, /web\/data|shop\/data/],
    ["another job", { job: "users" }, /web\/users/],
    ["another point", { id: "20200101T000000Z-zzzz" }, /20200101T000000Z-zzzz/],
  ])("no point whose commit record is that of %s", async (_, difference, reason) => {
    await putDays(DAYS);
    const points = await listPoints(store, "web", "data");
    const [stray, ...ours] = points;
    if (stray === undefined) throw new Error("there is no point");
    const claimed = { ...stray, record: { ...stray.record, ...difference } };
    const { removed, decisions } = await prune({ last: 1 }, { points: [claimed, ...ours] });
    expect(removed).toEqual(["2026-11-19", "2026-11-18", "2026-11-17"].map(idOf));
    expect(decisions.at(-1)?.reasons[0]).toMatch(reason);
    expect(await keysIn(store, `${jobPrefix("web", "data")}${stray.id}/`)).toHaveLength(4);
  });

  it("no point of another store, and none is counted for it", async () => {
    await putDays(DAYS);
    const elsewhere = (await listPoints(store, "web", "data")).map((point) => ({
      ...point,
      store: "offsite",
    }));
    expect((await prune({ last: 1 }, { points: elsewhere })).removed).toEqual([]);
  });

  it("no point that was pinned after the plan's listing", async () => {
    await putDays(DAYS);
    const points = await listPoints(store, "web", "data");
    await putObject(store, `${jobPrefix("web", "data")}${idOf("2026-11-18")}/${PIN_OBJECT}`);
    const error = await failureOf(prune({ last: 1 }, { points }));
    expect(error.code).toBe("refused");
    expect(error.removed).toEqual([idOf("2026-11-19")]);
    expect(await listPoints(store, "web", "data")).toHaveLength(4);
  });

  it("nothing of a point that somebody else removed meanwhile", async () => {
    await putDays(DAYS);
    const points = await listPoints(store, "web", "data");
    await store.delete(`${jobPrefix("web", "data")}${idOf("2026-11-18")}/recovery-point.json`);
    const { removed } = await prune({ last: 1 }, { points });
    expect(removed).toEqual(["2026-11-19", "2026-11-17", "2026-11-16"].map(idOf));
    expect(await keysIn(store, `${jobPrefix("web", "data")}${idOf("2026-11-18")}/`)).toHaveLength(3);
  });
});

describe("pruning that is cut off", () => {
  it("leaves only restorable points, whichever deletion it was", async () => {
    await putChains();
    const faulty = new FaultyStore(store);
    await prune({ last: 1 }, { store: faulty });
    const deletions = faulty.callsOf("delete").length;
    expect(deletions).toBe(4 * 4);
    for (let call = 1; call <= deletions; call++)
      for (const kind of ["throw-before", "throw-after"] as const) {
        store = new MemoryStore({ name: "local", clock: new FakeClock() });
        await putChains();
        const cut = new FaultyStore(store).inject("delete", { kind }, { call, times: Infinity });
        const error = await failureOf(prune({ last: 1 }, { store: cut }));
        const listed = await listPoints(store, "web", "data");
        const ids = new Set(listed.map(({ id }) => id));
        expect(listed.flatMap(({ record }) => record.needs).filter((id) => !ids.has(id))).toEqual([]);
        expect(ids).toContain(idOf("2026-11-20"));
        expect(error.removed.filter((id) => ids.has(id))).toEqual([]);
        expect((await prune({ last: 1 })).removed.length).toBe(listed.length - 2);
      }
  });

  it("says what stopped it, what was removed, and that it may be tried again", async () => {
    await putDays(DAYS);
    const events: unknown[] = [];
    const cut = new FaultyStore(store).inject("delete", { kind: "throw-before" }, { call: 5 });
    const observer = { pointsPruned: (event: { points: string[] }) => events.push(event.points) };
    const error = await failureOf(prune({ last: 1 }, { store: cut, observer }));
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error.message).toBe(
      "Pruning job data in store local failed: it stopped after 1 of 4 points: Talking to the store failed: " +
        "the connection was reset; what is still listed can be restored, so prune again.",
    );
    expect([error.code, error.transient]).toEqual(["store", true]);
    expect(error.removed).toEqual([idOf("2026-11-19")]);
    expect(events).toEqual([[idOf("2026-11-19")]]);
  });

  it("stops at the first deletion that fails", async () => {
    await putDays(DAYS);
    const cut = new FaultyStore(store).inject("delete", { kind: "throw-before" }, { call: 2 });
    await failureOf(prune({ last: 1 }, { store: cut }));
    expect(cut.callsOf("delete")).toHaveLength(2);
  });

  it("by a signal, removes no further point", async () => {
    await putDays(DAYS);
    const controller = new AbortController();
    controller.abort();
    const error = await failureOf(prune({ last: 1 }, { signal: controller.signal }));
    expect(error.code).toBe("cancelled");
    expect(error.removed).toEqual([]);
    expect(await listPoints(store, "web", "data")).toHaveLength(5);
  });
});
