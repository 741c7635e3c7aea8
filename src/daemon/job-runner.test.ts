import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { every } from "../../test/fakes/schedules.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import { StatusKeeper } from "../app/status-keeper.ts";
import { HOUR } from "../domain/instant.ts";
import type { Outcome } from "../domain/run.ts";
import { scheduledJobs } from "./job-runner.ts";

function setUp() {
  const { clock, context, stores, store } = appWorkshop();
  const keeper = new StatusKeeper({
    ...{ context, stores },
    jobs: [testJob({ schedule: every(HOUR) })],
    diskLow: {},
    stateError: () => undefined,
    isRunning: () => false,
    nextRunAt: () => undefined,
  });
  const ran = (hoursAgo: number, outcome: Outcome) =>
    context.state.runs.add(
      runRecord({ id: `${hoursAgo}`, startedAt: clock.now() - hoursAgo * HOUR, outcome }),
    );
  /** In hours before now. */
  const lastAttempt = () => {
    const at = scheduledJobs(keeper)[0]?.lastAttempt;
    return at === undefined ? undefined : (clock.now() - at) / HOUR;
  };
  return { ...{ clock, context, keeper, store, ran, lastAttempt } };
}

describe("what a job is caught up on from", () => {
  it.each(["succeeded", "partial", "failed"] as const)("is its last run, when that %s", (outcome) => {
    const { ran, lastAttempt } = setUp();
    ran(5, "succeeded");
    ran(2, outcome);
    expect(lastAttempt()).toBe(2);
  });

  it.each(["cancelled", "skipped"] as const)(
    "is the run before one that was %s: its backup is still missing",
    (outcome) => {
      const { ran, lastAttempt } = setUp();
      ran(5, "succeeded");
      ran(2, outcome);
      ran(1, outcome);
      expect(lastAttempt()).toBe(5);
    },
  );

  it("is when the job was first seen, when its only run was cancelled", async () => {
    const { clock, context, ran, lastAttempt } = setUp();
    context.state.runs.firstSeen("data", clock.now());
    await clock.advance(9 * HOUR);
    ran(1, "cancelled");
    expect(lastAttempt()).toBe(9);
  });

  it("is the newest point, when the history knows nothing", async () => {
    const { keeper, store, lastAttempt } = setUp();
    await putPoint(store, "2026-11-20T01:00:00Z", { stack: STACK });
    await keeper.refresh(new AbortController().signal);
    expect(lastAttempt()).toBe(2);
  });
});
