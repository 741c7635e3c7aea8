import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { scrapeOf } from "../../test/fakes/scrape.ts";
import {
  jobStatus,
  jobStoreStatus,
  neverBackedUp,
  notKnown,
  runRecord,
  stackStatus,
  STATUS_AT,
  storeStatus,
} from "../../test/fakes/status-fixture.ts";
import type { StackStatus } from "../app/read-status.ts";
import type { Problem } from "../domain/alerts.ts";
import { DAY, HOUR, SECOND } from "../domain/instant.ts";
import { OUTCOMES } from "../domain/run.ts";
import { createMetrics } from "./metrics.ts";

function metricsOf(initial: StackStatus) {
  let status = initial;
  const metrics = createMetrics({
    status: () => status,
    version: "1.2.3",
    clock: new FakeClock(STATUS_AT),
    channels: ["slack"],
  });
  return {
    metrics,
    become: (next: StackStatus) => void (status = next),
    scrape: async () => scrapeOf((await metrics.scrape()).body),
  };
}

describe("the gauges of a stack", () => {
  it("count the volumes that no job backs up, and say nothing where nobody can tell", async () => {
    const { scrape, become } = metricsOf(stackStatus({ unprotectedVolumes: ["cache", "uploads"] }));
    expect((await scrape()).value("holdfast_unprotected_volumes")).toBe(2);
    become(stackStatus({ unprotectedVolumes: [] }));
    expect((await scrape()).value("holdfast_unprotected_volumes")).toBe(0);
    become(stackStatus({ unprotectedVolumes: undefined }));
    expect((await scrape()).value("holdfast_unprotected_volumes")).toBeUndefined();
  });

  it("show the newest point, what it is as of, and the limit it is held against", async () => {
    const samples = await metricsOf(stackStatus()).scrape();
    expect(samples.value('holdfast_job_last_success_timestamp_seconds{job="data",store="local"}')).toBe(
      (STATUS_AT - 9 * HOUR) / SECOND,
    );
    expect(samples.value('holdfast_job_max_age_seconds{job="data"}')).toBe(26 * 3600);
    expect(samples.value('holdfast_job_fresh{job="data",store="local"}')).toBe(1);
    expect(samples.value('holdfast_point_size_bytes{job="data",store="local"}')).toBe(2e9);
    expect(samples.value('holdfast_point_source_bytes{job="data"}')).toBe(5e9);
    expect(samples.value('holdfast_point_files{job="data"}')).toBe(1234);
    expect(samples.value('holdfast_points{job="data",store="local"}')).toBe(14);
    expect(samples.value('holdfast_oldest_point_timestamp_seconds{job="data",store="local"}')).toBe(
      (STATUS_AT - 14 * DAY) / SECOND,
    );
    expect(samples.value('holdfast_verify_last_success_timestamp_seconds{job="data",store="local"}')).toBe(
      (STATUS_AT - 33 * HOUR) / SECOND,
    );
  });

  it("say nothing of a store that has not answered but that the job is not fresh", async () => {
    const jobs = [jobStatus({ freshness: "unknown", stores: [notKnown()] })];
    const stores = [storeStatus({ up: undefined, checkedAt: undefined, freeBytes: undefined })];
    const { scrape, become } = metricsOf(stackStatus({ jobs, stores }));
    const starting = await scrape();
    const labels = '{job="data",store="local"}';
    expect(starting.value(`holdfast_job_fresh${labels}`)).toBe(0);
    for (const name of ["points", "damaged_points", "job_last_success_timestamp_seconds"]) {
      expect(starting.value(`holdfast_${name}${labels}`), name).toBeUndefined();
    }
    expect(starting.value('holdfast_store_up{store="local"}')).toBeUndefined();
    become(stackStatus({ jobs, stores: [storeStatus({ up: false })] }));
    const down = await scrape();
    expect(down.value('holdfast_store_up{store="local"}')).toBe(0);
    expect(down.value(`holdfast_points${labels}`)).toBeUndefined();
  });

  it("count damaged points", async () => {
    const damaged = [{ id: "p", startedAt: 0, foundAt: 0, problem: undefined }];
    const jobs = [jobStatus({ stores: [jobStoreStatus({ damaged })] })];
    const samples = await metricsOf(stackStatus({ jobs })).scrape();
    expect(samples.value('holdfast_damaged_points{job="data",store="local"}')).toBe(1);
  });

  it("show what would be lost now, and how often runs succeed", async () => {
    const { scrape, become } = metricsOf(stackStatus());
    const shown = await scrape();
    expect(shown.value('holdfast_job_rpo_seconds{job="data"}')).toBe(9 * 3600);
    expect(shown.value('holdfast_job_success_ratio{job="data"}')).toBe(0.9);
    become(stackStatus({ jobs: [jobStatus({ rpo: undefined, successRate: undefined })] }));
    const unknown = await scrape();
    expect(unknown.of("holdfast_job_rpo_seconds")).toEqual([]);
    expect(unknown.of("holdfast_job_success_ratio")).toEqual([]);
  });

  it("show since when services are held, as long as they are", async () => {
    const held = { job: "data", since: STATUS_AT - HOUR, services: ["worker"] };
    const { scrape, become } = metricsOf(stackStatus({ held }));
    const series = 'holdfast_services_held_since_timestamp_seconds{job="data"}';
    expect((await scrape()).value(series)).toBe((STATUS_AT - HOUR) / SECOND);
    become(stackStatus());
    expect((await scrape()).value(series)).toBeUndefined();
  });

  it("escape what would end a label", async () => {
    const schedule = { expression: 'a\\b"c\nd', timezone: "UTC" };
    const samples = await metricsOf(stackStatus({ jobs: [jobStatus({ schedule })] })).scrape();
    expect(samples.of("holdfast_job_info")).toEqual([
      'holdfast_job_info{job="data",kind="volume",schedule="a\\\\b\\"c\\nd"} 1',
    ]);
  });

  it("show the schedule, the last run and the next", async () => {
    const lastRun = runRecord({ outcome: "partial" });
    const samples = await metricsOf(stackStatus({ jobs: [jobStatus({ lastRun })] })).scrape();
    expect(samples.value('holdfast_job_info{job="data",kind="volume",schedule="0 3 * * *"}')).toBe(1);
    expect(samples.value('holdfast_job_last_run_timestamp_seconds{job="data"}')).toBe(
      (STATUS_AT - 9 * HOUR) / SECOND,
    );
    expect(samples.value('holdfast_job_next_run_timestamp_seconds{job="data"}')).toBe(
      (STATUS_AT + 15 * HOUR) / SECOND,
    );
    for (const outcome of OUTCOMES) {
      expect(samples.value(`holdfast_job_last_run_outcome{job="data",outcome="${outcome}"}`)).toBe(
        outcome === "partial" ? 1 : 0,
      );
    }
  });

  it("leave out what is not known, but never the freshness of a job that never ran", async () => {
    const never = jobStatus({
      schedule: undefined,
      nextRunAt: undefined,
      maxAge: undefined,
      lastRun: undefined,
      freshness: "never",
      stores: [neverBackedUp()],
    });
    const samples = await metricsOf(stackStatus({ jobs: [never] })).scrape();
    expect(samples.value('holdfast_job_fresh{job="data",store="local"}')).toBe(0);
    expect(samples.value('holdfast_points{job="data",store="local"}')).toBe(0);
    expect(samples.value('holdfast_job_info{job="data",kind="volume",schedule="manual"}')).toBe(1);
    for (const name of [
      "job_last_success_timestamp_seconds",
      "job_last_run_timestamp_seconds",
      "job_next_run_timestamp_seconds",
      "job_max_age_seconds",
      "point_size_bytes",
      "point_files",
      "oldest_point_timestamp_seconds",
    ]) {
      expect(samples.of(`holdfast_${name}`)).toEqual([]);
    }
  });

  it("agree: a point older than the limit is never shown as fresh", async () => {
    for (const [age, freshness] of [
      [25 * HOUR, "fresh"],
      [27 * HOUR, "stale"],
    ] as const) {
      const newest = { ...jobStoreStatus().newest!, startedAt: STATUS_AT - age };
      const stores = [jobStoreStatus({ freshness, age, newest })];
      const samples = await metricsOf(stackStatus({ jobs: [jobStatus({ freshness, stores })] })).scrape();
      const lastSuccess = samples.value(
        'holdfast_job_last_success_timestamp_seconds{job="data",store="local"}',
      );
      const maxAge = samples.value('holdfast_job_max_age_seconds{job="data"}');
      const isOld = STATUS_AT / SECOND - lastSuccess! > maxAge!;
      expect(samples.value('holdfast_job_fresh{job="data",store="local"}')).toBe(isOld ? 0 : 1);
    }
  });

  it("count the databases in a job's newest point, whatever state they are in", async () => {
    const states = { sound: 3, unverified: 1, unchecked: 0 } as const;
    const databases = (["sound", "unverified", "unchecked"] as const).map((state) => ({
      ...{ kind: "duckdb" as const, state, count: states[state] },
    }));
    const newest = { ...jobStoreStatus().newest!, databases };
    const { scrape, become } = metricsOf(
      stackStatus({ jobs: [jobStatus({ stores: [jobStoreStatus({ newest })] })] }),
    );
    expect((await scrape()).of("holdfast_databases")).toEqual(
      Object.entries(states).map(
        ([state, count]) => `holdfast_databases{job="data",kind="duckdb",state="${state}"} ${count}`,
      ),
    );
    become(stackStatus());
    expect((await scrape()).of("holdfast_databases")).toEqual([]);
  });

  it("take a job's size from its newest point in any store", async () => {
    const newer = { ...jobStoreStatus().newest!, startedAt: STATUS_AT - HOUR, files: 7, sourceBytes: 70 };
    const stores = [
      jobStoreStatus(),
      jobStoreStatus({ store: "offsite", newest: newer }),
      neverBackedUp("x"),
    ];
    const samples = await metricsOf(stackStatus({ jobs: [jobStatus({ stores })] })).scrape();
    expect(samples.value('holdfast_point_files{job="data"}')).toBe(7);
    expect(samples.value('holdfast_point_source_bytes{job="data"}')).toBe(70);
  });

  it("show each store, and free space only where it is known", async () => {
    const stores = [
      storeStatus(),
      storeStatus({ name: "offsite", up: false, freeBytes: undefined, error: "timeout" }),
    ];
    const samples = await metricsOf(stackStatus({ stores })).scrape();
    expect(samples.of("holdfast_store_up")).toEqual([
      'holdfast_store_up{store="local"} 1',
      'holdfast_store_up{store="offsite"} 0',
    ]);
    expect(samples.of("holdfast_store_free_bytes")).toEqual([
      'holdfast_store_free_bytes{store="local"} 60000000000',
    ]);
    expect(samples.value('holdfast_store_total_bytes{store="local"}')).toBe(100e9);
    expect(samples.value('holdfast_store_low_bytes{store="local"}')).toBe(10e9);
  });

  it("lose every series of a job or store that is gone", async () => {
    const { scrape, become } = metricsOf(
      stackStatus({
        jobs: [jobStatus(), jobStatus({ name: "old", stores: [jobStoreStatus({ store: "attic" })] })],
      }),
    );
    expect((await scrape()).text).toMatch(/holdfast_points\{job="old",store="attic"\}/);
    become(stackStatus());
    const gauges = (await scrape()).text.split("\n").filter((line) => !/^holdfast_\w+_total/.test(line));
    expect(gauges.filter((line) => /old"|attic/.test(line))).toEqual([]);
  });
});

describe("active alerts", () => {
  const problem = (overrides: Partial<Problem>): Problem => ({
    condition: "stale",
    severity: "critical",
    title: "t",
    detail: "d",
    next: "n",
    ...overrides,
  });

  it("are counted by job and condition, those of stores without a job, and 0 when nothing fires", async () => {
    const alerts = [
      problem({ job: "data", store: "local" }),
      problem({ job: "data", store: "offsite" }),
      problem({ condition: "disk-low", store: "local" }),
    ].map((each) => ({ problem: each, since: STATUS_AT }));
    const { scrape, become } = metricsOf(stackStatus({ alerts }));
    const firing = await scrape();
    expect(firing.value('holdfast_alerts_active{job="data",condition="stale"}')).toBe(2);
    expect(firing.value('holdfast_alerts_active{condition="disk-low"}')).toBe(1);
    expect(firing.value('holdfast_alerts_active{job="data",condition="run-failed"}')).toBe(0);
    become(stackStatus());
    const quiet = await scrape();
    expect(quiet.value('holdfast_alerts_active{job="data",condition="stale"}')).toBe(0);
    expect(quiet.value('holdfast_alerts_active{condition="disk-low"}')).toBe(0);
  });
});
