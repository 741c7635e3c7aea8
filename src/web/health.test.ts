import { describe, expect, it } from "vitest";
import {
  jobStatus,
  jobStoreStatus,
  neverBackedUp,
  notKnown,
  runRecord,
  stackStatus,
  storeStatus,
} from "../../test/fakes/status-fixture.ts";
import { testServer } from "../../test/fakes/web-server.ts";
import { HOUR } from "../domain/instant.ts";

const STALE = stackStatus({
  jobs: [
    jobStatus({ name: "users" }),
    jobStatus({
      freshness: "stale",
      lastRun: runRecord({ outcome: "failed", reason: "The source\nis gone." }),
      stores: [
        jobStoreStatus(),
        jobStoreStatus({ store: "offsite", freshness: "stale", age: 61 * HOUR }),
        jobStoreStatus({ store: "attic", freshness: "late", age: 25 * HOUR }),
      ],
    }),
    jobStatus({ name: "new", freshness: "never", lastRun: undefined, stores: [neverBackedUp()] }),
  ],
});

const NOT_LOOKED_AT = storeStatus({ up: undefined, checkedAt: undefined });

describe("the health check", () => {
  it("is 200 while every job is fresh", async () => {
    const { url } = await testServer();
    const response = await fetch(`${url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("fresh: 1 of 1 jobs\n");
  });

  it("is 503 otherwise, and says which job in which store is not fresh and why, a line each", async () => {
    const { url } = await testServer({ status: () => STALE });
    const response = await fetch(`${url}/healthz`);
    expect(response.status).toBe(503);
    expect((await response.text()).split("\n")).toEqual([
      "not fresh: 2 of 3 jobs",
      "data in offsite: stale; the newest point is 2 d 13 h old, the limit is 1 d 2 h; the last run failed: The source is gone.",
      "data in attic: late; the newest point is 1 d 1 h old, a newer one was due; the last run failed: The source is gone.",
      "new in local: never; there is no point yet",
      "",
    ]);
  });

  it("says the same in JSON to whom prefers it", async () => {
    const { url } = await testServer({ status: () => STALE });
    const response = await fetch(`${url}/healthz`, { headers: { accept: "application/json" } });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      fresh: false,
      stack: "analytics",
      problems: [
        { job: "data", store: "offsite", freshness: "stale" },
        { job: "data", store: "attic", freshness: "late" },
        { job: "new", store: "local", freshness: "never", reason: "there is no point yet" },
      ],
    });
  });

  it("tells a store that does not answer from one that holds nothing", async () => {
    const status = stackStatus({
      jobs: [jobStatus({ freshness: "unknown", lastRun: undefined, stores: [notKnown()] })],
      stores: [storeStatus({ up: false, error: "Listing local failed: permission denied." })],
    });
    const { url } = await testServer({ status: () => status });
    const response = await fetch(`${url}/healthz`);
    expect(response.status).toBe(503);
    expect((await response.text()).split("\n").slice(1, -1)).toEqual([
      "data in local: unknown; store local does not answer: Listing local failed: permission denied.",
    ]);
  });

  it("says that it is starting until every store was looked at", async () => {
    let status = stackStatus({
      jobs: [jobStatus({ freshness: "unknown", lastRun: undefined, stores: [notKnown()] })],
      stores: [NOT_LOOKED_AT],
    });
    const { url } = await testServer({ status: () => status });
    const response = await fetch(`${url}/healthz`);
    expect(response.status).toBe(503);
    expect((await response.text()).split("\n")[0]).toBe("starting: the stores have not been looked at yet");
    const json = await fetch(`${url}/healthz`, { headers: { accept: "application/json" } });
    expect(await json.json()).toMatchObject({ fresh: false, starting: true });
    status = stackStatus({ stores: [storeStatus(), { ...NOT_LOOKED_AT, name: "nas" }] });
    const partly = await fetch(`${url}/healthz`);
    expect([partly.status, await partly.text()]).toEqual([503, "starting: not looked at yet: nas\n"]);
  });

  it("names damage", async () => {
    const damaged = [{ id: "p", startedAt: 0, foundAt: 0, problem: undefined }];
    const stores = [
      jobStoreStatus({ freshness: "stale", age: 61 * HOUR, damaged }),
      { ...neverBackedUp("nas"), points: 1, damaged },
    ];
    const status = stackStatus({ jobs: [jobStatus({ freshness: "never", stores })] });
    const { url } = await testServer({ status: () => status });
    expect((await (await fetch(`${url}/healthz`)).text()).split("\n").slice(1, -1)).toEqual([
      "data in local: stale; the newest good point is 2 d 13 h old, the limit is 1 d 2 h, 1 point is damaged",
      "data in nas: never; there is no good point, 1 point is damaged",
    ]);
  });

  it("has nothing to do with being alive", async () => {
    const { url } = await testServer({ status: () => STALE });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it("follows the status from request to request", async () => {
    let status = STALE;
    const { url } = await testServer({ status: () => status });
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    status = stackStatus();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});
