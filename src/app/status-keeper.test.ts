import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { every } from "../../test/fakes/schedules.ts";
import { HOUR, MINUTE } from "../domain/instant.ts";
import { StatusKeeper } from "./status-keeper.ts";

const signal = new AbortController().signal;

type Look = (signal: AbortSignal) => Promise<readonly string[]>;

function setUp(unprotectedVolumes?: Look) {
  const shop = appWorkshop(["local", "offsite"]);
  const job = testJob({ stores: ["local", "offsite"], schedule: every(HOUR) });
  const keeper = new StatusKeeper({
    context: shop.context,
    jobs: [job],
    stores: shop.stores,
    diskLow: {},
    unprotectedVolumes,
    stateError: () => undefined,
    isRunning: () => false,
    nextRunAt: () => undefined,
  });
  const freshness = () => keeper.status().jobs[0]?.stores.map((store) => store.freshness);
  return { ...shop, keeper, freshness };
}

describe("the status", () => {
  it("tells each store's freshness from what the store holds, whatever the history says", async () => {
    const { keeper, store, freshness, clock } = setUp();
    await putPoint(store, "2026-11-20T02:30:00Z", { stack: STACK });
    await keeper.refresh(signal);
    expect(freshness()).toEqual(["fresh", "never"]);
    expect(keeper.status()).toMatchObject({ fresh: false, jobs: [{ freshness: "never" }] });
    await clock.advance(3 * HOUR);
    expect(freshness()).toEqual(["stale", "never"]);
  });

  it("keeps what was seen of a store that does not answer any more", async () => {
    const { keeper, store, stores } = setUp();
    await putPoint(store, "2026-11-20T02:30:00Z", { stack: STACK });
    await keeper.refresh(signal);
    stores[0]?.inject("list", { kind: "throw-before" });
    await keeper.refresh(signal);
    const { jobs, stores: seen } = keeper.status();
    expect(seen[0]).toMatchObject({ name: "local", up: false });
    expect(seen[0]?.error).toBeTruthy();
    expect(jobs[0]?.stores[0]).toMatchObject({ freshness: "fresh", points: 1 });
    await keeper.refresh(signal);
    expect(keeper.status().stores[0]).toMatchObject({ up: true, error: undefined });
  });

  it("sees a point that was made while an earlier look was under way", async () => {
    const { keeper, store } = setUp();
    const first = keeper.refresh(signal, ["local"]);
    await putPoint(store, "2026-11-20T02:30:00Z", { stack: STACK });
    await Promise.all([first, keeper.refresh(signal, ["local"])]);
    expect(keeper.points("data")).toHaveLength(1);
  });

  it("asks no store", async () => {
    const { keeper, store } = setUp();
    await keeper.refresh(signal);
    const calls = store.callsOf("list").length;
    keeper.status();
    expect(store.callsOf("list")).toHaveLength(calls);
  });

  it("names what stands in a store but cannot be used", async () => {
    const { keeper, store } = setUp();
    const record = await putPoint(store, "2026-11-20T02:30:00Z", { stack: STACK });
    await store.delete(`${STACK}/data/${record.id}/archive.tar.zst`);
    await keeper.refresh(signal);
    expect(keeper.status().problems).toMatchObject([
      {
        job: "data",
        store: "local",
        id: record.id,
        kind: "incomplete",
        message: expect.stringContaining("archive.tar.zst is missing") as string,
      },
    ]);
  });
});

it("a store that hangs does not hang the look for ever", async () => {
  const { keeper, stores, clock } = setUp();
  stores[1]?.inject("list", { kind: "hang" });
  const look = keeper.refresh(signal);
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(10 * MINUTE);
  await look;
  expect(keeper.status().stores.map(({ up }) => up)).toEqual([true, false]);
});

describe("what no job backs up", () => {
  it("is as last seen, and not known once nobody can tell", async () => {
    const looks: Look[] = [async () => ["cache"], () => Promise.reject(new Error("no engine"))];
    const { keeper } = setUp((asked) => looks.shift()?.(asked) ?? Promise.resolve([]));
    expect(keeper.status().unprotectedVolumes).toBeUndefined();
    await keeper.refresh(signal);
    expect(keeper.status().unprotectedVolumes).toEqual(["cache"]);
    await keeper.refresh(signal);
    expect(keeper.status().unprotectedVolumes).toBeUndefined();
  });

  it("holds up no look at the stores where the engine does not answer", async () => {
    const { keeper, clock } = setUp(() => new Promise(() => undefined));
    const refreshed = keeper.refresh(signal);
    await clock.advance(MINUTE);
    await refreshed;
    expect(keeper.status()).toMatchObject({ unprotectedVolumes: undefined, stores: [{ up: true }, {}] });
  });
});
