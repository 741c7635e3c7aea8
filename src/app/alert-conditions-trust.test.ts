/** Conditions about what can be trusted: damaged points, unusable points, a state that cannot be written, stores not seen yet. */
import { describe, expect, it } from "vitest";
import {
  jobStatus,
  jobStoreStatus,
  notKnown,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "../../test/fakes/status-fixture.ts";
import type { Problem } from "../domain/alerts.ts";
import { HOUR } from "../domain/instant.ts";
import { problemsOf } from "./alert-conditions.ts";
import type { CatalogProblem } from "./catalog.ts";
import type { DamagedPoint, StackStatus } from "./read-status.ts";

const names = (status: Partial<StackStatus>) =>
  problemsOf(stackStatus(status)).map((p) => [p.condition, p.job, p.store].filter(Boolean).join(" "));
const firing = (...problems: Problem[]) => problems.map((problem) => ({ problem, since: STATUS_AT - HOUR }));

const damaged = (id: string): DamagedPoint => ({
  id,
  startedAt: STATUS_AT - 9 * HOUR,
  foundAt: STATUS_AT - HOUR,
  problem: "archive.tar.zst does not match the digest in its commit record.",
});
const damagedJob = (...ids: string[]) =>
  jobStatus({ stores: [jobStoreStatus({ damaged: ids.map(damaged) })] });
const unusable = (id: string, changes: Partial<CatalogProblem> = {}): CatalogProblem => ({
  ...{ store: "local", job: "data", id, kind: "damaged" },
  message: `Reading the commit record of local:${id} failed: it is not JSON.`,
  ...changes,
});
const down = [storeStatus({ up: false, error: "gone" })];

describe("verify-failed", () => {
  it("says which point is damaged, how, and which is the newest good one", () => {
    const [problem, ...others] = problemsOf(stackStatus({ jobs: [damagedJob("20261120T020000Z-bad0")] }));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      condition: "verify-failed",
      job: "data",
      store: "local",
      severity: "critical",
      title: "A point of data in local is damaged",
    });
    expect(problem?.detail).toContain(
      "20261120T020000Z-bad0, found 2026-11-20 11:00 UTC: archive.tar.zst does not match the digest",
    );
    expect(problem?.detail).toContain("The newest good point there is 20261120T030000Z-7f3a");
    expect(problem?.next).toContain("`holdfast backup data`");
  });

  it("is one alert for all points of a job in a store, and names a few of many", () => {
    const ids = Array.from({ length: 40 }, (_, at) => `point-${at}`);
    const [problem, ...others] = problemsOf(stackStatus({ jobs: [damagedJob(...ids)] }));
    expect(others).toEqual([]);
    expect(problem?.title).toBe("40 points of data in local are damaged");
    expect(problem?.detail).toContain("And 35 more.");
    expect(problem?.detail.length).toBeLessThan(1500);
  });

  it("is over when no point is damaged, and stays while its store cannot be seen", () => {
    const alerts = firing(...problemsOf(stackStatus({ jobs: [damagedJob("a")] })));
    expect(names({ alerts })).toEqual([]);
    expect(names({ alerts, stores: down, jobs: [jobStatus({ stores: [notKnown()] })] })).toEqual([
      "store-unreachable local",
      "verify-failed data local",
    ]);
  });
});

describe("point-unusable", () => {
  it("names the point, that nothing older is pruned, and what to do", () => {
    const [problem, ...others] = problemsOf(stackStatus({ problems: [unusable("20261110T020000Z-7f3a")] }));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      condition: "point-unusable",
      job: "data",
      store: "local",
      severity: "warning",
    });
    expect(problem?.detail).toContain("20261110T020000Z-7f3a: Reading the commit record");
    expect(problem?.detail).toContain(
      "no point of data that is older than 20261110T020000Z-7f3a is pruned in local",
    );
    expect(problem?.next).toContain("move the folder out of the store");
  });

  it("asks for the newer version where one wrote it, and does not blame what is none of the job's", () => {
    const [newer] = problemsOf(stackStatus({ problems: [unusable("a", { kind: "unsupported" })] }));
    expect(newer?.next).toContain("newer version");
    const [foreign] = problemsOf(stackStatus({ problems: [unusable("a", { kind: "foreign" })] }));
    expect(foreign?.detail).not.toContain("pruned");
  });

  it("is one alert a job and store, also of a job that is configured no more", () => {
    const problems = [unusable("a"), unusable("b"), unusable("c", { job: "removed" })];
    expect(names({ problems })).toEqual(["point-unusable data local", "point-unusable removed local"]);
  });

  it("does not come on top of verify-failed when only the proof cannot be read", () => {
    const problems = [unusable("a", { kind: "proof-unreadable" })];
    expect(names({ problems, jobs: [damagedJob("a")] })).toEqual(["verify-failed data local"]);
  });

  it("stays while its store cannot be seen", () => {
    const alerts = firing(...problemsOf(stackStatus({ problems: [unusable("a")] })));
    expect(names({ alerts, stores: down })).toEqual(["store-unreachable local", "point-unusable data local"]);
    expect(names({ alerts })).toEqual([]);
  });
});

it("state-unwritable says why, and what a restart would lose", () => {
  const [problem] = problemsOf(
    stackStatus({ stateError: "Writing the state failed: database or disk is full." }),
  );
  expect(problem).toMatchObject({ condition: "state-unwritable", severity: "critical" });
  expect(problem?.detail).toMatch(/^Writing the state failed: database or disk is full\. .*restarted/);
  expect(problem?.next).toContain("Free space");
});

describe("a store that was not looked at yet", () => {
  const stores = [storeStatus({ up: undefined, checkedAt: undefined, freeBytes: undefined })];
  const jobs = [jobStatus({ freshness: "unknown", stores: [notKnown()], firstSeenAt: 0 })];

  it("begins no alert about what it may hold", () => {
    expect(names({ stores, jobs })).toEqual([]);
  });

  it("ends none either: after a restart those that fired go on until they are seen to be over", () => {
    const before = [
      ...problemsOf(stackStatus({ jobs: [jobStatus({ stores: [jobStoreStatus({ freshness: "stale" })] })] })),
      ...problemsOf(stackStatus({ stores: down })),
      ...problemsOf(stackStatus({ stores: [storeStatus({ freeBytes: 1 })] })),
    ];
    expect(names({ stores, jobs, alerts: firing(...before) }).sort()).toEqual([
      "disk-low local",
      "stale data local",
      "store-unreachable local",
    ]);
  });
});
