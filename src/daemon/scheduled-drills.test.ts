import { describe, expect, it } from "vitest";
import { testJob } from "../../test/fakes/app-workshop.ts";
import { every } from "../../test/fakes/schedules.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import { HOUR } from "../domain/instant.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { scheduledDrills } from "./scheduled-drills.ts";

const NOW = 100 * HOUR;
const NEVER = testJob().drill;
const JOBS = [
  testJob({ drill: { ...NEVER, schedule: every(HOUR) }, jitter: 5 }),
  testJob({ name: "other", drill: { ...NEVER, maxAge: HOUR } }),
];

describe("scheduled drills", () => {
  it("of a job that was never drilled count from when drills were asked for, not from when it was first backed up", () => {
    const { runs } = openMemoryState();
    runs.firstSeen("data", 7 * HOUR);
    expect(scheduledDrills(JOBS, { runs, now: NOW })).toMatchObject([
      { name: "data", jitter: 5, lastAttempt: NOW },
    ]);
    expect(scheduledDrills(JOBS, { runs, now: NOW + 9 * HOUR })[0]?.lastAttempt).toBe(NOW);
  });

  it("are caught up on from the last drill that was not cancelled", () => {
    const { runs } = openMemoryState();
    const ran = (hour: number, operation: "verify" | "drill", outcome: "failed" | "cancelled") =>
      runs.add(runRecord({ id: `${hour}`, startedAt: hour * HOUR, operation, outcome }));
    ran(2, "drill", "failed");
    ran(3, "drill", "cancelled");
    ran(4, "verify", "failed");
    expect(scheduledDrills(JOBS, { runs, now: NOW })[0]?.lastAttempt).toBe(2 * HOUR);
  });
});
