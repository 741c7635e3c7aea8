import { describe, expect, it } from "vitest";
import { testJob } from "../../test/fakes/app-workshop.ts";
import { every } from "../../test/fakes/schedules.ts";
import { catalogPoint, runRecord, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { HOUR, MINUTE, toIso } from "../domain/instant.ts";
import type { CatalogPoint, Proof } from "../domain/recovery-point.ts";
import type { RunRecord } from "../domain/run.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { drillStatus } from "./drill-status.ts";

const NEVER = testJob().drill;
const DAILY = testJob({ drill: { ...NEVER, schedule: every(24 * HOUR) } });

function look(job = DAILY, points: CatalogPoint[] = []) {
  const { runs } = openMemoryState();
  const drilled = (hoursAgo: number, outcome: RunRecord["outcome"], restoreMs?: number) =>
    runs.add(
      runRecord({
        ...{ id: `${hoursAgo}`, operation: "drill", startedAt: STATUS_AT - hoursAgo * HOUR, outcome },
        ...{ durationMs: 6 * MINUTE, ...(restoreMs === undefined ? {} : { restoreMs }) },
      }),
    );
  const at = (now = STATUS_AT) => drillStatus(job, { runs, points, now });
  return { drilled, at };
}

const proof = (changes: Partial<Proof>): Proof => ({
  ...{ format: 1, operation: "drill", point: "p", at: toIso(STATUS_AT - 3 * HOUR), outcome: "passed" },
  problems: [],
  ...changes,
});

describe("the status of a job's drills", () => {
  it("tells the last one that counts, when one last passed, and what that took without the clearing away", () => {
    const { drilled, at } = look();
    drilled(9, "succeeded", 4 * MINUTE);
    drilled(5, "failed");
    drilled(2, "cancelled");
    expect(at()).toMatchObject({
      lastRun: { id: "5", outcome: "failed" },
      lastSuccessAt: STATUS_AT - 9 * HOUR + 6 * MINUTE,
      restoreMs: 4 * MINUTE,
    });
  });

  it("is known from the proofs beside the points when the history is lost, and from no verify", () => {
    const measured = { restoreMs: 1234, phases: [], bytes: 5 };
    const points = [
      catalogPoint(STATUS_AT - 4 * HOUR, { lastProof: proof({ measured }) }),
      catalogPoint(STATUS_AT - 2 * HOUR, { lastProof: proof({ operation: "verify", at: toIso(STATUS_AT) }) }),
      catalogPoint(STATUS_AT - 1 * HOUR, { lastProof: proof({ outcome: "failed", at: toIso(STATUS_AT) }) }),
    ];
    expect(look(DAILY, points).at()).toMatchObject({
      ...{ lastRun: undefined, lastSuccessAt: STATUS_AT - 3 * HOUR, restoreMs: 1234 },
    });
  });

  it("is overdue when the schedule's interval and its grace have passed since one passed", () => {
    const { drilled, at } = look();
    drilled(20, "succeeded");
    drilled(1, "failed");
    const passedAt = STATUS_AT - 20 * HOUR + 6 * MINUTE;
    expect(at(passedAt + 26 * HOUR)).toMatchObject({ maxAge: 26 * HOUR, overdueSince: undefined });
    expect(at(passedAt + 26 * HOUR + 1).overdueSince).toBe(passedAt + 26 * HOUR);
  });

  it("is overdue only after its limit has passed since drills were asked for, where none ever passed", () => {
    const { at } = look(testJob({ drill: { ...NEVER, maxAge: 5 * HOUR } }));
    expect(at().overdueSince).toBeUndefined();
    expect(at(STATUS_AT + 6 * HOUR).overdueSince).toBe(STATUS_AT + 5 * HOUR);
  });

  it("of a job that is drilled by hand only is never overdue", () => {
    const { drilled, at } = look(testJob());
    drilled(9000, "succeeded");
    expect(at()).toMatchObject({ maxAge: undefined, overdueSince: undefined, nextAt: undefined });
  });
});
