import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { scrapeOf } from "../../test/fakes/scrape.ts";
import { jobStatus, runRecord, stackStatus, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { HOUR, SECOND } from "../domain/instant.ts";
import { OUTCOMES } from "../domain/run.ts";
import { createMetrics } from "./metrics.ts";

function metricsOfOneJob() {
  const metrics = createMetrics({
    status: () => stackStatus({ jobs: [jobStatus()] }),
    version: "1.2.3",
    clock: new FakeClock(STATUS_AT),
    channels: ["slack"],
  });
  return { metrics, scrape: async () => scrapeOf((await metrics.scrape()).body) };
}

describe("what is counted", () => {
  it("starts at 0 for every outcome of a known job and for every channel", async () => {
    const samples = await metricsOfOneJob().scrape();
    for (const outcome of OUTCOMES) {
      expect(samples.value(`holdfast_runs_total{job="data",operation="backup",outcome="${outcome}"}`)).toBe(
        0,
      );
    }
    expect(samples.value('holdfast_pruned_points_total{job="data",store="local"}')).toBe(0);
    for (const outcome of ["delivered", "postponed", "dropped"]) {
      expect(samples.value(`holdfast_notifications_total{channel="slack",outcome="${outcome}"}`)).toBe(0);
    }
  });

  it("goes up with each run, pruned point and notification, over any number of scrapes", async () => {
    const { metrics, scrape } = metricsOfOneJob();
    metrics.observer.runFinished?.(runRecord({ outcome: "failed" }));
    await scrape();
    metrics.observer.runFinished?.(runRecord({ outcome: "failed" }));
    metrics.observer.pointsPruned?.({ job: "data", store: "local", points: ["a", "b", "c"] });
    metrics.notified("slack", "delivered");
    const samples = await scrape();
    expect(samples.value('holdfast_runs_total{job="data",operation="backup",outcome="failed"}')).toBe(2);
    expect(samples.value('holdfast_runs_total{job="data",operation="backup",outcome="succeeded"}')).toBe(0);
    expect(samples.value('holdfast_pruned_points_total{job="data",store="local"}')).toBe(3);
    expect(samples.value('holdfast_notifications_total{channel="slack",outcome="delivered"}')).toBe(1);
  });

  it("has each capture of a database, and each check, also one that was not passed, from 0 on", async () => {
    const { metrics, scrape } = metricsOfOneJob();
    const captures = (mode: string) =>
      `holdfast_database_captures_total{job="data",kind="duckdb",mode="${mode}"}`;
    const checks = (result: string) =>
      `holdfast_database_checks_total{job="data",kind="duckdb",result="${result}"}`;
    const before = await scrape();
    for (const series of [captures("frozen"), checks("damaged")]) expect(before.value(series)).toBe(0);
    const { observer } = metrics;
    observer.databaseCaptured?.({ job: "data", kind: "duckdb", mode: "optimistic", check: "damaged" });
    observer.databaseCaptured?.({ job: "data", kind: "duckdb", mode: "frozen", check: "sound" });
    observer.databaseCaptured?.({ job: "data", kind: "duckdb", mode: "frozen", check: undefined });
    const after = await scrape();
    expect(["optimistic", "frozen"].map((mode) => after.value(captures(mode)))).toEqual([1, 2]);
    expect(["sound", "unverified", "damaged"].map((result) => after.value(checks(result)))).toEqual([
      1, 0, 1,
    ]);
  });

  it("puts durations into buckets from a second to twelve hours, without runs that were skipped", async () => {
    const { metrics, scrape } = metricsOfOneJob();
    const finished = (durationMs: number, outcome: "succeeded" | "skipped" = "succeeded") =>
      metrics.observer.runFinished?.(runRecord({ durationMs, outcome }));
    finished(500);
    finished(90 * SECOND);
    finished(11 * HOUR);
    finished(13 * HOUR);
    finished(1, "skipped");
    const samples = await scrape();
    const bucket = (le: string) =>
      samples.value(`holdfast_run_duration_seconds_bucket{le="${le}",job="data",operation="backup"}`);
    expect([bucket("1"), bucket("60"), bucket("120"), bucket("43200"), bucket("+Inf")]).toEqual([
      1, 1, 2, 3, 4,
    ]);
    expect(samples.value('holdfast_run_duration_seconds_count{job="data",operation="backup"}')).toBe(4);
  });
});
