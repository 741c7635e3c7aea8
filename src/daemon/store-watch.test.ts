import { expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import { StatusKeeper } from "../app/status-keeper.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import { StoreWatch } from "./store-watch.ts";

const STORES = ["local", "offsite"];

function setUp() {
  const { clock, context, stores, store } = appWorkshop(STORES);
  const keeper = new StatusKeeper({
    ...{ context, stores },
    jobs: [testJob({ stores: STORES })],
    diskLow: {},
    stateError: () => undefined,
    isRunning: () => false,
    nextRunAt: () => undefined,
  });
  const troubles: Error[] = [];
  const onTrouble = (error: Error) => void troubles.push(error);
  const watch = new StoreWatch({ context, keeper, onRefreshed: () => undefined, onTrouble });
  const stop = new AbortController();
  const watching = watch.run(stop.signal);
  const end = async () => {
    stop.abort();
    await watching;
  };
  /** A run of another process ends, having made a point in the first store. */
  const runEnds = async (startedAt: string) => {
    await putPoint(store, startedAt, { stack: STACK });
    context.state.runs.add(runRecord({ id: startedAt, startedAt: clock.now() }));
    await clock.advance(3 * SECOND);
  };
  return { clock, keeper, stores, runEnds, end, troubles };
}

it("a store that does not answer keeps nobody from seeing what runs made in the others", async () => {
  const { clock, keeper, stores, runEnds, end, troubles } = setUp();
  await clock.advance(SECOND);
  stores[1]?.inject("list", { kind: "hang" });
  await runEnds("2026-11-20T02:30:00Z");
  await runEnds("2026-11-20T02:40:00Z");
  await runEnds("2026-11-20T02:50:00Z");
  expect(keeper.points("data")).toHaveLength(3);
  expect(stores[1]?.callsOf("list")).toHaveLength(2);

  await clock.advance(10 * MINUTE);
  expect(keeper.status().stores.map(({ up }) => up)).toEqual([true, true]);
  await end();
  expect(troubles).toEqual([]);
});
