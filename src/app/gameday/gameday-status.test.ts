import { describe, expect, it } from "vitest";
import { appWorkshop } from "../../../test/fakes/app-workshop.ts";
import { runRecord } from "../../../test/fakes/status-fixture.ts";
import { DAY, HOUR } from "../../domain/instant.ts";
import type { Outcome } from "../../domain/run.ts";
import { STACK_JOB } from "../../domain/stack-job.ts";
import { problemsOf } from "../alert-conditions.ts";
import { StatusKeeper } from "../status-keeper.ts";

function setUp({ gamedayEvery }: { gamedayEvery: number | undefined } = { gamedayEvery: 92 * DAY }) {
  const { clock, context, stores } = appWorkshop();
  const keeper = new StatusKeeper({
    ...{ context, stores, jobs: [], diskLow: {}, gamedayEvery },
    stateError: () => undefined,
    isRunning: () => false,
    nextRunAt: () => undefined,
  });
  const held = (outcome: Outcome = "succeeded") =>
    context.state.runs.add(
      runRecord({
        ...{ id: `${clock.now()}`, job: STACK_JOB, operation: "gameday", outcome },
        ...{ startedAt: clock.now() - HOUR, durationMs: HOUR, restoreMs: 21 * 60_000 },
      }),
    );
  const due = () => problemsOf(keeper.status()).filter(({ condition }) => condition === "gameday-due");
  return { clock, keeper, held, due };
}

describe("the reminder of a game day", () => {
  it("comes when none was held for longer than asked, and goes with the next one", async () => {
    const { clock, held, due } = setUp();
    expect(due()).toEqual([]);
    await clock.advance(92 * DAY);
    expect(due()).toEqual([]);
    await clock.advance(1);
    expect(due()[0]?.detail).toContain("Nobody has rehearsed the recovery of this stack yet.");
    held();
    expect(due()).toEqual([]);
    await clock.advance(93 * DAY);
    expect(due()[0]).toMatchObject({ severity: "warning", title: "A game day is due" });
    expect(due()[0]?.detail).toMatch(/last rehearsed at 2027-02-\S+ .*, and took 21 min/);
  });

  it("counts one that found something wrong as held, and none that was given up", async () => {
    const { clock, held, due } = setUp({ gamedayEvery: DAY });
    due();
    await clock.advance(2 * DAY);
    held("cancelled");
    expect(due()).toHaveLength(1);
    held("failed");
    expect(due()).toEqual([]);
  });

  it("does not come where nobody wants it", async () => {
    const { clock, keeper, due } = setUp({ gamedayEvery: undefined });
    await clock.advance(1000 * DAY);
    expect(due()).toEqual([]);
    expect(keeper.status().gameday).toEqual({ lastRun: undefined, every: undefined, dueSince: undefined });
  });
});
