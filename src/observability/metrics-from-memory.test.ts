import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { putPoint } from "../../test/fakes/points.ts";
import { scrapeOf } from "../../test/fakes/scrape.ts";
import { jobStatus, runRecord, stackStatus, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { StatusKeeper } from "../app/status-keeper.ts";
import type { StackStatus } from "../app/read-status.ts";
import { SECOND } from "../domain/instant.ts";
import { createMetrics } from "./metrics.ts";

function largeStack(jobs = 60) {
  const clock = new FakeClock(STATUS_AT);
  const statusWith = (rpo: number): StackStatus =>
    stackStatus({ jobs: Array.from({ length: jobs }, (_, at) => jobStatus({ name: `job-${at}`, rpo })) });
  let status = statusWith(1000);
  let read = 0;
  const metrics = createMetrics({
    status: () => ((read += 1), status),
    version: "1.2.3",
    clock,
    channels: [],
  });
  return {
    metrics,
    clock,
    timesRead: () => read,
    become: (rpo: number) => (status = statusWith(rpo)),
    look: () => metrics.looked(status),
    rpo: async () => scrapeOf((await metrics.scrape()).body).value('holdfast_job_rpo_seconds{job="job-0"}'),
  };
}

describe("a scrape", () => {
  it("asks no store for anything", async () => {
    const { context, stores, store, clock } = appWorkshop(["local", "offsite"]);
    const keeper = new StatusKeeper({
      ...{ context, stores, diskLow: {} },
      jobs: [testJob({ stores: ["local", "offsite"] })],
      stateError: () => undefined,
      isRunning: () => false,
      nextRunAt: () => undefined,
    });
    await putPoint(store, "2026-11-20T02:30:00Z", { stack: STACK });
    await keeper.refresh(new AbortController().signal);
    const metrics = createMetrics({ status: () => keeper.status(), version: "1", clock, channels: [] });
    const calls = () =>
      stores.map((each) => (["list", "get", "space"] as const).map((method) => each.callsOf(method).length));
    const before = calls();
    const { body } = await metrics.scrape();
    expect(scrapeOf(body).value('holdfast_points{job="data",store="local"}')).toBe(1);
    expect(calls()).toEqual(before);
  });

  it("of many jobs is what was looked at last: it reads nothing itself", async () => {
    const { look, rpo, become, clock, timesRead } = largeStack();
    await look();
    expect(await rpo()).toBe(1);
    become(2000);
    await clock.advance(5 * SECOND);
    expect(await rpo()).toBe(1);
    await look();
    expect(await rpo()).toBe(2);
    expect(timesRead()).toBe(0);
  });

  it("is not made anew at each of many looks", async () => {
    const { look, rpo, become, clock } = largeStack();
    await look();
    become(2000);
    await clock.advance(4 * SECOND);
    await look();
    expect(await rpo()).toBe(1);
  });

  it("never shows what is old because nobody looks any more", async () => {
    const { look, rpo, become, clock } = largeStack();
    await look();
    become(2000);
    await clock.advance(15 * SECOND);
    expect(await rpo()).toBe(2);
  });

  it("of few jobs is read at once, whatever was looked at before", async () => {
    const { look, rpo, become } = largeStack(20);
    await look();
    become(2000);
    expect(await rpo()).toBe(2);
  });

  it("shows what has been counted since the text was made once it is made anew", async () => {
    const { look, metrics, clock } = largeStack();
    const failed = async () =>
      scrapeOf((await metrics.scrape()).body).value(
        'holdfast_runs_total{job="job-1",operation="backup",outcome="failed"}',
      );
    await look();
    expect(await failed()).toBe(0);
    metrics.observer.runFinished?.(runRecord({ job: "job-1", outcome: "failed" }));
    await clock.advance(5 * SECOND);
    await look();
    expect(await failed()).toBe(1);
  });

  it("of many jobs is compressed beforehand, in the forms that somebody asks for", async () => {
    const { look, metrics, clock, become, timesRead } = largeStack();
    await look();
    for (const form of ["text", "openmetrics"] as const) {
      const { body, bytes } = await metrics.scrape(form);
      expect(bytes?.plain.toString()).toBe(body);
      expect(gunzipSync(bytes?.gzip ?? "").toString()).toBe(body);
      expect((await metrics.scrape(form)).bytes).toBe(bytes);
    }
    become(2000);
    await clock.advance(5 * SECOND);
    await look();
    const [one, other] = await Promise.all([metrics.scrape(), metrics.scrape()]);
    expect(one.bytes).toBe(other.bytes);
    expect(gunzipSync(one.bytes?.gzip ?? "").toString()).toContain(
      'holdfast_job_rpo_seconds{job="job-0"} 2\n',
    );
    expect(timesRead()).toBe(0);
  });

  it("forgets at once what another config has no more", async () => {
    const { look, rpo, become, metrics } = largeStack();
    await look();
    become(2000);
    await metrics.follow({ jobs: ["job-0"], stores: ["local"], channels: [] });
    expect(await rpo()).toBe(2);
  });
});
