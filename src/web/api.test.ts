import { describe, expect, it } from "vitest";
import {
  catalogPoint,
  jobStatus,
  neverBackedUp,
  stackStatus,
  STATUS_AT,
} from "../../test/fakes/status-fixture.ts";
import { testServer } from "../../test/fakes/web-server.ts";
import { HOUR } from "../domain/instant.ts";
import type { RunRequestResult, WebContext } from "./context.ts";

describe("GET /api/v1/status", () => {
  it("gives times as ISO 8601 and durations in seconds", async () => {
    const { url } = await testServer();
    const body = await (await fetch(`${url}/api/v1/status`)).json();
    expect(body).toMatchObject({
      stack: "analytics",
      version: "1.2.3",
      at: "2026-11-20T12:00:00.000Z",
      fresh: true,
      jobs: [
        {
          name: "data",
          sourceKind: "volume",
          schedule: { expression: "0 3 * * *", timezone: "UTC" },
          nextRunAt: "2026-11-21T03:00:00.000Z",
          freshness: "fresh",
          maxAgeSeconds: 93_600,
          lastRun: { outcome: "succeeded", startedAt: "2026-11-20T03:00:00.000Z", durationSeconds: 120 },
          stores: [
            {
              store: "local",
              freshness: "fresh",
              ageSeconds: 32_400,
              points: 14,
              newest: { id: "20261120T030000Z-7f3a", startedAt: "2026-11-20T03:00:00.000Z", files: 1234 },
            },
          ],
        },
      ],
      stores: [{ name: "local", up: true, freeBytes: 60_000_000_000, error: null }],
      alerts: [],
    });
  });

  it("says why a changed config is refused", async () => {
    const configError = "1 mistake in /etc/holdfast/holdfast.yml";
    const { url } = await testServer({ status: () => stackStatus({ configError }) });
    expect(await (await fetch(`${url}/api/v1/status`)).json()).toMatchObject({ configError });
  });

  it("says null, never nothing, for what is not known", async () => {
    const never = jobStatus({
      schedule: undefined,
      nextRunAt: undefined,
      maxAge: undefined,
      lastRun: undefined,
      recentRuns: [],
      stores: [neverBackedUp()],
    });
    const problem = { condition: "stale", severity: "critical", title: "t", detail: "d", next: "n" } as const;
    const status = stackStatus({ jobs: [never], alerts: [{ problem, since: STATUS_AT }] });
    const { url } = await testServer({ status: () => status });
    expect(await (await fetch(`${url}/api/v1/status`)).json()).toMatchObject({
      jobs: [
        {
          schedule: null,
          nextRunAt: null,
          maxAgeSeconds: null,
          minSizeBytes: null,
          lastRun: null,
          stores: [{ newest: null, ageSeconds: null, oldestAt: null, lastVerifiedAt: null }],
        },
      ],
      alerts: [{ job: null, store: null, since: "2026-11-20T12:00:00.000Z" }],
      ...{ stateError: null, configError: null },
    });
  });
});

describe("GET /api/v1/jobs/<job>/points", () => {
  it("lists them newest first", async () => {
    const points = [
      catalogPoint(STATUS_AT - 9 * HOUR),
      catalogPoint(STATUS_AT - HOUR, { lastProof: undefined }),
    ];
    const { url } = await testServer({ points: async () => points });
    expect(await (await fetch(`${url}/api/v1/jobs/data/points`)).json()).toMatchObject({
      job: "data",
      points: [
        {
          store: "local",
          id: "20261120T110000Z-7f3a",
          kind: "full",
          startedAt: "2026-11-20T11:00:00.000Z",
          files: 1,
          sourceBytes: 100,
          warningCount: 2,
          pinned: false,
          lastProof: null,
        },
        { id: "20261120T030000Z-7f3a", lastProof: { operation: "verify", outcome: "passed" } },
      ],
    });
  });

  it("is 404 for a job that is not configured, without asking for its points", async () => {
    const { url } = await testServer({ points: () => Promise.reject(new Error("asked")) });
    const response = await fetch(`${url}/api/v1/jobs/other/points`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { code: "unknown-job", message: "There is no job other." },
    });
  });
});

describe("POST /api/v1/jobs/<job>/run", () => {
  const TOKEN = "correct horse battery staple";
  const post = (url: string, authorization?: string, job = "data") =>
    fetch(`${url}/api/v1/jobs/${job}/run`, {
      method: "POST",
      headers: authorization === undefined ? {} : { authorization },
    });

  function recordingContext(result: RunRequestResult = { runId: "r1" }, token: string | undefined = TOKEN) {
    const requests: string[][] = [];
    const request: WebContext["request"] = (...asked) => {
      requests.push(asked);
      return result;
    };
    return { requests, context: { token, request } };
  }

  it("starts the job and names the run, and records from where it was asked", async () => {
    const { requests, context } = recordingContext();
    const { url } = await testServer(context);
    const response = await post(url, `Bearer ${TOKEN}`);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ job: "data", runId: "r1" });
    expect(requests).toEqual([["data", "run", "api:127.0.0.1"]]);
  });

  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Bearer ${TOKEN.toUpperCase()}`,
  ])("refuses authorization %j and starts nothing", async (authorization) => {
    const { requests, context } = recordingContext();
    const { url } = await testServer(context);
    const response = await post(url, authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="holdfast"');
    expect(requests).toEqual([]);
  });

  it("does not tell the jobs to whom has no token", async () => {
    const { url } = await testServer(recordingContext("unknown").context);
    const [known, unknown] = [await post(url, "Bearer x"), await post(url, "Bearer x", "nosuch")];
    expect(await known.text()).toBe(await unknown.text());
  });

  it("is off without a token in the config, also for an empty one, and says how to allow it", async () => {
    const { requests, context } = recordingContext();
    const { url } = await testServer({ ...context, token: undefined });
    for (const authorization of [undefined, "Bearer undefined", "Bearer "]) {
      const response = await post(url, authorization);
      expect(response.status).toBe(403);
      expect(await response.text()).toContain("set http.token");
    }
    expect(requests).toEqual([]);
  });

  it("is 404 for an unknown job and 409 for one that is running or queued", async () => {
    const unknown = await testServer(recordingContext("unknown").context);
    expect((await post(unknown.url, `Bearer ${TOKEN}`)).status).toBe(404);
    const busy = await testServer(recordingContext("busy").context);
    const response = await post(busy.url, `Bearer ${TOKEN}`);
    expect(response.status).toBe(409);
    expect(await response.text()).toContain("Job data is running or queued already.");
  });
});
