/** Conditions about drills. */
import { describe, expect, it } from "vitest";
import {
  drillStatus,
  jobStatus,
  notKnown,
  runRecord,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "../../test/fakes/status-fixture.ts";
import { HOUR } from "../domain/instant.ts";
import type { RunRecord } from "../domain/run.ts";
import { problemsOf } from "./alert-conditions.ts";
import type { DrillStatus, StackStatus } from "./read-status.ts";

const problems = (drill: Partial<DrillStatus>, status: Partial<StackStatus> = {}) =>
  problemsOf(stackStatus({ jobs: [jobStatus({ drill: drillStatus(drill) })], ...status }));

const failed = (changes: Partial<RunRecord> = {}) =>
  runRecord({ operation: "drill", outcome: "failed", reason: "It opens no more", ...changes });

function withoutPoint({ point: _, ...run }: RunRecord): RunRecord {
  return run;
}

describe("drill-failed", () => {
  it("is critical where a point turned out to be bad, and says which, why, and when one last passed", () => {
    const [problem, ...others] = problems({ lastRun: failed() });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ condition: "drill-failed", job: "data", severity: "critical" });
    expect(problem?.detail).toContain("of 20261120T030000Z-7f3a at 2026-11-20 03:00 UTC: It opens no more.");
    expect(problem?.detail).toContain("The last one that passed was at 2026-11-18");
    expect(problem?.next).toContain("`holdfast drill data`");
  });

  it("is a warning where the drill could not be done: that says nothing about the point", () => {
    const [problem] = problems({ lastRun: withoutPoint(failed()) });
    expect(problem).toMatchObject({
      severity: "warning",
      title: "The last drill of data could not be done",
    });
  });

  it("is not told on top of the store that cannot be reached, unless it was before", () => {
    const lastRun = withoutPoint(failed());
    const stores = [storeStatus({ up: false, error: "gone" })];
    const jobs = [jobStatus({ drill: drillStatus({ lastRun }), stores: [notKnown()] })];
    const names = (alerts: StackStatus["alerts"]) =>
      problemsOf(stackStatus({ jobs, stores, alerts })).map(({ condition }) => condition);
    expect(names([])).toEqual(["store-unreachable"]);
    const told = problems({ lastRun }).map((problem) => ({ problem, since: STATUS_AT - HOUR }));
    expect(names(told)).toEqual(["store-unreachable", "drill-failed"]);
  });

  it("of the stack speaks of the stack, and blames no point", () => {
    const job = jobStatus({ name: "_config", drill: drillStatus({ lastRun: withoutPoint(failed()) }) });
    const [problem] = problemsOf(stackStatus({ jobs: [job] }));
    expect(problem).toMatchObject({ severity: "critical", title: "The last drill of the stack failed" });
    expect(problem?.next).toContain("`holdfast drill --stack`");
  });

  it("is over with a drill that passes", () => {
    expect(problems({})).toEqual([]);
  });
});

describe("drill-overdue", () => {
  it("says when one last passed, and how often one is expected", () => {
    const [problem, ...others] = problems({ overdueSince: STATUS_AT - 5 * HOUR });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ condition: "drill-overdue", job: "data", severity: "warning" });
    expect(problem?.detail).toContain("The last one that passed was at 2026-11-18");
    expect(problem?.detail).toContain("overdue since 2026-11-20 07:00 UTC; at least one in 7 d");
  });

  it("says so where none ever passed, and nothing beside a drill that failed", () => {
    const [never] = problems({ overdueSince: STATUS_AT, lastRun: undefined, lastSuccessAt: undefined });
    expect(never?.detail).toMatch(/^No drill of it has passed yet\./);
    const both = problems({ overdueSince: STATUS_AT, lastRun: failed() });
    expect(both.map(({ condition }) => condition)).toEqual(["drill-failed"]);
  });
});
