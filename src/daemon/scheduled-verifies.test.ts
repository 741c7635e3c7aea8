import { describe, expect, it } from "vitest";
import { testJob } from "../../test/fakes/app-workshop.ts";
import { every } from "../../test/fakes/schedules.ts";
import { runRecord } from "../../test/fakes/status-fixture.ts";
import { HOUR } from "../domain/instant.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { scheduledVerifies } from "./scheduled-verifies.ts";

const NOW = 100 * HOUR;
const JOBS = [
  testJob({ verify: { schedule: every(HOUR), share: 0.1 }, jitter: 5 }),
  testJob({ name: "other" }),
];

describe("scheduled verifies", () => {
  it("are those of the jobs that have a schedule for them, from when the job was first seen", () => {
    const { runs } = openMemoryState();
    runs.firstSeen("data", 7 * HOUR);
    expect(scheduledVerifies(JOBS, { runs, now: NOW })).toMatchObject([
      { name: "data", jitter: 5, lastAttempt: 7 * HOUR },
    ]);
  });

  it("are caught up on from the last verify that was not cancelled, by whomever, and from no backup", () => {
    const { runs } = openMemoryState();
    const ran = (
      hour: number,
      operation: "verify" | "backup",
      outcome: "failed" | "cancelled" | "succeeded",
    ) => runs.add(runRecord({ id: `${hour}`, startedAt: hour * HOUR, operation, outcome }));
    ran(1, "verify", "succeeded");
    ran(2, "verify", "failed");
    ran(3, "verify", "cancelled");
    ran(4, "backup", "succeeded");
    expect(scheduledVerifies(JOBS, { runs, now: NOW })[0]?.lastAttempt).toBe(2 * HOUR);
  });
});
