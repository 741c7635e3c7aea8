import { describe, expect, it } from "vitest";
import {
  jobStatus,
  jobStoreStatus,
  neverBackedUp,
  runRecord,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "../../test/fakes/status-fixture.ts";
import type { Problem } from "../domain/alerts.ts";
import { HOUR, MINUTE } from "../domain/instant.ts";
import type { RunRecord } from "../domain/run.ts";
import { problemsOf } from "./alert-conditions.ts";
import type { JobStatus, JobStoreStatus, StackStatus, StoreStatus } from "./read-status.ts";

const both = [
  storeStatus(),
  storeStatus({ name: "offsite", kind: "gcs", freeBytes: undefined, totalBytes: undefined }),
];
const offsiteDown = [storeStatus(), storeStatus({ ...both[1], up: false, error: "connection refused" })];
const staleIn = (store: string): JobStoreStatus =>
  jobStoreStatus({ store, freshness: "stale", age: 50 * HOUR });
const withRun = (run: Partial<RunRecord>, job: Partial<JobStatus> = {}) => {
  const record = runRecord(run);
  return jobStatus({ lastRun: record, recentRuns: [record], ...job });
};
const failedIn = (...stores: string[]): RunRecord["stores"] =>
  stores.map((store) => ({
    store,
    outcome: "failed",
    storedBytes: 0,
    error: `Writing ${store}:x failed: no route.`,
  }));

const names = (status: Partial<StackStatus>) =>
  problemsOf(stackStatus(status)).map((p) => [p.condition, p.job, p.store].filter(Boolean).join(" "));
const only = (status: Partial<StackStatus>): Problem => {
  const problems = problemsOf(stackStatus(status));
  expect(problems).toHaveLength(1);
  return problems[0] as Problem;
};
const firing = (...problems: Problem[]) => problems.map((problem) => ({ problem, since: STATUS_AT - HOUR }));

describe("each condition, and what it says", () => {
  it("a healthy stack has no problem", () => expect(names({})).toEqual([]));

  it("stale: how old, the last good point, why, the next command", () => {
    const job = withRun(
      { outcome: "failed", stores: [], reason: "the source is empty" },
      { stores: [staleIn("local")] },
    );
    const problem = problemsOf(stackStatus({ jobs: [job] }))[0];
    expect(problem).toMatchObject({ condition: "stale", job: "data", store: "local", severity: "critical" });
    expect(problem?.title).toBe("Backup of data is stale in local");
    expect(problem?.detail).toBe(
      "The last good point there is 20261120T030000Z-7f3a of 2026-11-20 03:00 UTC (5.0 GB, 1234 files), 2 d 2 h old; " +
        "the limit is 1 d 2 h. All that changed since would be lost. No run has ended since then.",
    );
    expect(problem?.next).toContain("`holdfast backup data`");
  });

  it("stale: the reason of a failed run since then", () => {
    const run: Partial<RunRecord> = {
      startedAt: STATUS_AT - HOUR,
      outcome: "failed",
      stores: [],
      reason: "the source is empty",
    };
    const [problem] = problemsOf(stackStatus({ jobs: [withRun(run, { stores: [staleIn("local")] })] }));
    expect(problem?.detail).toMatch(
      /The last run, at 2026-11-20 11:00 UTC, ended as failed\. the source is empty\.$/,
    );
  });

  it("stale in one of two stores names that one and what its writing said", () => {
    const run: Partial<RunRecord> = {
      startedAt: STATUS_AT - HOUR,
      outcome: "partial",
      stores: failedIn("offsite"),
    };
    const job = withRun(run, { stores: [jobStoreStatus(), staleIn("offsite")] });
    const problems = problemsOf(stackStatus({ jobs: [job], stores: both }));
    expect(problems.map((p) => `${p.condition} ${p.store ?? ""}`)).toEqual(["stale offsite", "run-partial "]);
    expect(problems[0]?.detail).toContain("did not reach it: Writing offsite:x failed: no route.");
  });

  it("late is not alerted", () => {
    expect(names({ jobs: [jobStatus({ stores: [jobStoreStatus({ freshness: "late" })] })] })).toEqual([]);
  });

  it("never-succeeded: only once the limit since the job was first seen has passed", () => {
    const job = { lastRun: undefined, recentRuns: [], stores: [neverBackedUp()], maxAge: 26 * HOUR };
    expect(names({ jobs: [jobStatus({ ...job, firstSeenAt: STATUS_AT - 26 * HOUR })] })).toEqual([]);
    expect(names({ jobs: [jobStatus({ ...job, maxAge: undefined })] })).toEqual([]);
    const problem = only({ jobs: [jobStatus({ ...job, firstSeenAt: STATUS_AT - 27 * HOUR })] });
    expect(problem).toMatchObject({
      condition: "never-succeeded",
      title: "There is no backup of data in local",
    });
    expect(problem.detail).toContain("known since 2026-11-19 09:00 UTC");
  });

  it("run-failed: the reason", () => {
    const problem = only({
      jobs: [withRun({ outcome: "failed", reason: "the source is empty", stores: [] })],
    });
    expect(problem).toMatchObject({
      condition: "run-failed",
      job: "data",
      title: "The last backup of data failed",
    });
    expect(problem.detail).toContain("made no point. the source is empty. Older points are untouched.");
  });

  it("run-partial: the warnings, and where to see them", () => {
    const problem = only({ jobs: [withRun({ outcome: "partial", warningCount: 2 })] });
    expect(problem).toMatchObject({ condition: "run-partial", severity: "warning" });
    expect(problem.detail).toContain("2 warnings");
    expect(problem.next).toContain("`holdfast show 20261120T030000Z-7f3a`");
  });

  it("size-below-minimum: the size and what was expected", () => {
    const problem = only({ jobs: [jobStatus({ minSize: 6_000_000_000 })] });
    expect(problem.detail).toMatch(/5\.0 GB, 1234 files\); at least 6\.0 GB is expected/);
    expect(names({ jobs: [jobStatus({ minSize: 5_000_000_000 })] })).toEqual([]);
  });

  it("size-anomaly: what it holds, and what the points before it did", () => {
    const inStore = jobStoreStatus();
    const drop = { of: "entries", from: 40, to: 3 } as const;
    const newest = inStore.newest && { ...inStore.newest, drop };
    const problem = only({ jobs: [jobStatus({ stores: [{ ...inStore, newest }] })] });
    expect(problem).toMatchObject({ condition: "size-anomaly", severity: "warning", job: "data" });
    expect(problem.detail).toContain("is 3, where the points before it had 40. Something may have been lost");
  });

  it("store-unreachable: why, and which jobs", () => {
    const jobs = [jobStatus({ stores: [jobStoreStatus(), jobStoreStatus({ store: "offsite" })] })];
    const problem = only({ jobs, stores: offsiteDown });
    expect(problem).toMatchObject({ condition: "store-unreachable", store: "offsite" });
    expect(problem.detail).toMatch(/^connection refused\. .*\(jobs: data\)\.$/);
    expect(problem.next).toContain("`holdfast doctor`");
  });

  it.each([
    ["less than a tenth", 9e9, 100e9, "warning"],
    ["less than 20 GB of a large disk", 19e9, 10e12, "warning"],
    ["less than the next points take", 1.9e9, 5e9, "critical"],
  ])("disk-low: %s", (_name, freeBytes, totalBytes, severity) => {
    expect(only({ stores: [storeStatus({ freeBytes, totalBytes })] })).toMatchObject({
      condition: "disk-low",
      severity,
    });
  });

  it.each([
    ["a tenth is free", 10e9, 100e9],
    ["20 GB of a large disk are free", 20e9, 10e12],
  ])("disk-low: not when %s", (_name, freeBytes, totalBytes) => {
    expect(names({ stores: [storeStatus({ freeBytes, totalBytes })] })).toEqual([]);
  });

  it.each([
    ["below the configured limit", 29e9, 30e9, ["disk-low local"]],
    ["above the configured limit, though below a tenth", 9e9, 5e9, []],
    ["switched off", 0, 0, []],
  ])("disk-low: %s", (_name, freeBytes, lowBytes, expected) => {
    expect(names({ stores: [storeStatus({ freeBytes, totalBytes: 100e9, lowBytes })] })).toEqual(expected);
  });
});

describe("the last backup run that counts", () => {
  const failed = runRecord({ outcome: "failed", stores: [], startedAt: STATUS_AT - 9 * HOUR });
  const later = (overrides: Partial<RunRecord>) => runRecord({ startedAt: STATUS_AT - MINUTE, ...overrides });

  it.each([
    ["a cancelled run", later({ outcome: "cancelled" }), ["run-failed data"]],
    ["a skipped run", later({ outcome: "skipped" }), ["run-failed data"]],
    ["a verify", later({ operation: "verify" }), ["run-failed data"]],
    ["a good backup", later({}), []],
  ])("after a failed one and %s", (_name, run, expected) => {
    expect(names({ jobs: [jobStatus({ lastRun: run, recentRuns: [run, failed] })] })).toEqual(expected);
  });
});

describe("while a store is unreachable", () => {
  const jobIn = (run: Partial<RunRecord>, offsite: JobStoreStatus): JobStatus[] => [
    withRun(run, { stores: [jobStoreStatus(), offsite], minSize: 1 }),
  ];
  const told = (condition: Problem["condition"], job?: string, store?: string): Problem => ({
    ...{ condition, severity: "critical", title: "as told", detail: "before", next: "" },
    ...(job === undefined ? {} : { job }),
    ...(store === undefined ? {} : { store }),
  });
  const down = (jobs: JobStatus[], alerts: Problem[] = [], stores: StoreStatus[] = offsiteDown) =>
    names({ jobs, stores, alerts: firing(...alerts) });

  it.each<[string, Partial<RunRecord>, JobStoreStatus]>([
    ["a point that cannot be seen", {}, neverBackedUp("offsite")],
    ["a point that may be stale", {}, staleIn("offsite")],
    ["a run that failed only there", { outcome: "partial", stores: failedIn("offsite") }, jobStoreStatus()],
  ])("nothing is said of %s", (_name, run, offsite) => {
    expect(down(jobIn(run, offsite))).toEqual(["store-unreachable offsite"]);
  });

  it("a run that failed for another reason as well is told", () => {
    const partial: Partial<RunRecord> = { outcome: "partial", warningCount: 1, stores: failedIn("offsite") };
    expect(down(jobIn(partial, jobStoreStatus()))).toContain("run-partial data");
    expect(
      down(jobIn({ outcome: "failed", stores: failedIn("local", "offsite") }, jobStoreStatus())),
    ).toContain("run-failed data");
    expect(down(jobIn({ outcome: "failed", stores: [] }, jobStoreStatus()))).toContain("run-failed data");
  });

  it("an alert about what it holds is neither called well nor changed", () => {
    const alerts = [
      told("stale", "data", "offsite"),
      told("disk-low", undefined, "offsite"),
      told("run-partial", "data"),
    ];
    const jobs = jobIn({ outcome: "partial", stores: failedIn("offsite") }, neverBackedUp("offsite"));
    const problems = problemsOf(stackStatus({ jobs, stores: offsiteDown, alerts: firing(...alerts) }));
    expect(problems).toHaveLength(4);
    expect(problems).toEqual(expect.arrayContaining(alerts));
  });

  it("the size of a point is judged by the stores that can be seen, else left as told", () => {
    const small = [jobStatus({ minSize: 9e9 })];
    const localDown = [storeStatus({ up: false, error: "gone" })];
    expect(down(small, [], localDown)).toEqual(["store-unreachable local"]);
    expect(down(small, [told("size-below-minimum", "data")], localDown)).toContain("size-below-minimum data");
    expect(down(small)).toContain("size-below-minimum data");
  });
});

it("a disk that was low is low until there is clearly more than the limit", () => {
  const at = (freeBytes: number, alerts: StackStatus["alerts"]) => ({
    stores: [storeStatus({ freeBytes })],
    alerts,
  });
  const alerts = firing(only(at(9e9, [])));
  expect(names(at(10.5e9, alerts))).toEqual(["disk-low local"]);
  expect(names(at(11.1e9, alerts))).toEqual([]);
});
