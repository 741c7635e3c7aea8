import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drillStatus, jobStatus, stackStatus, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { parseSchedule } from "../config/cron.ts";
import { EVERYTHING, waitsInQuiet } from "../domain/channel-rules.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../domain/instant.ts";
import { openMemoryState } from "../state/sqlite-state.ts";
import { digestOf, Digests, type DigestChannel } from "./digest.ts";
import type { JobStatus, JobStoreStatus } from "./read-status.ts";
import { nextToSend } from "./sending-plan.ts";

const [inStore] = jobStatus().stores as [JobStoreStatus];
const place = (
  store: string,
  freshness: JobStoreStatus["freshness"],
  sourceBytes: number,
): JobStoreStatus => ({
  ...inStore,
  ...{ store, freshness, newest: inStore.newest && { ...inStore.newest, sourceBytes } },
});
const drill = drillStatus({ lastSuccessAt: undefined });
const job = (name: string, of: Partial<JobStatus>): JobStatus => ({ ...jobStatus(), name, drill, ...of });

const STATUS = stackStatus({
  stack: "analytics",
  jobs: [
    job("disk", {
      ...{
        freshness: "fresh",
        stores: [place("gce-acme", "fresh", 10.7e9)],
        rpo: 5 * HOUR,
        rto: undefined,
        successRate: 1,
      },
      drill: drillStatus({ lastSuccessAt: STATUS_AT - 2 * DAY }),
    }),
    job("users", {
      ...{
        freshness: "fresh",
        stores: [place("local", "fresh", 120e6)],
        rpo: 2 * HOUR,
        rto: undefined,
        successRate: 1,
      },
    }),
    job("data", {
      ...{ freshness: "stale", rpo: 5 * HOUR, rto: 3 * MINUTE, successRate: 0.987 },
      stores: [place("local", "fresh", 5e9), place("offsite", "stale", 5e9)],
    }),
  ],
  alerts: [
    {
      since: STATUS_AT - 3 * HOUR,
      problem: {
        ...{ condition: "stale", job: "data", store: "offsite", severity: "critical" },
        ...{ title: "Backup of data is stale in offsite", detail: "", next: "" },
      },
    },
  ],
  silences: [
    {
      ...{ id: "1", job: "users", since: STATUS_AT, until: STATUS_AT + 2 * HOUR, actor: "alice" },
      reason: "moving to the new disk",
    },
  ],
});

describe("a digest", () => {
  it("says what docs/alerts.md shows: what needs attention, and each job by its stores, the worst first", () => {
    const { problem, event } = digestOf(STATUS, { jobs: undefined, id: "1" });
    expect(event).toBe("digest");
    const page = readFileSync(new URL("../../docs/alerts.md", import.meta.url), "utf8");
    const [, example = ""] = /```text\n(🔴 analytics: [^]*?)\n```/.exec(page) ?? [];
    expect(`🔴 ${problem.title}\n\n${problem.detail}`).toBe(example);
    expect(problem.next).toBe("Run `holdfast status`.");
  });

  it("is of the channel's jobs only, and asks for nothing when all is well with them", () => {
    const { problem } = digestOf(STATUS, { jobs: ["users"], id: "1" });
    expect(problem).toMatchObject({
      title: "analytics: every backup is fresh",
      next: "",
      severity: "warning",
    });
    expect(problem.detail).not.toContain("data");
  });

  it("is bounded, and counts what it leaves out", () => {
    const jobs = Array.from({ length: 500 }, (_, at) => job(`job-${at}`, { freshness: "fresh" }));
    const { detail } = digestOf(
      { ...STATUS, jobs, alerts: [], silences: [] },
      { jobs: undefined, id: "1" },
    ).problem;
    expect(detail.split("\n")).toHaveLength(41);
    expect(detail).toMatch(/… and 460 more$/);
  });
});

it("a digest waits for the end of the quiet hours, however bad it is, and is no part of a summary", () => {
  const rules = { ...EVERYTHING, quiet: { from: 0, to: 60, lets: "critical" } } as const;
  const message = digestOf(STATUS, { jobs: undefined, id: "1" });
  expect(message.problem.severity).toBe("critical");
  expect(waitsInQuiet(rules, message, 30)).toBe(true);
  const firing = { ...message, event: "firing" } as const;
  const due = [firing, firing, firing, message].map((of, id) => ({
    ...{ id, channel: "team", attempts: 0, notBefore: 0, message: { ...of, id: String(id) } },
  }));
  const facts = { rules: EVERYTHING, isMachine: false, now: STATUS_AT, minuteAt: () => 0, room: Infinity };
  expect(nextToSend(due, facts)).toHaveLength(3);
  expect(nextToSend(due.slice(3), facts)).toHaveLength(1);
});

describe("digests of a channel", () => {
  const channel: DigestChannel = {
    ...{ name: "team", jobs: undefined },
    digest: parseSchedule("0 8 * * *", "Europe/Prague"),
  };

  function workshop() {
    const state = openMemoryState();
    const look = (at: Instant, digests: Digests) =>
      digests.queueDue({ state: state.alerts, notes: state.notes, status: { ...STATUS, at } });
    return { state, look, queued: () => state.alerts.queued("team").map(({ message }) => message.at) };
  }
  // 08:00 in Prague is 07:00 UTC in winter.
  const at = (text: string) => Date.parse(`2026-11-${text}:00Z`);

  it("come once a period, over restarts, and none at the first look", () => {
    const { look, queued } = workshop();
    const first = new Digests([channel]);
    expect(look(at("20T12:00"), first)).toBe(0);
    expect(look(at("21T06:59"), first)).toBe(0);
    expect(look(at("21T07:00"), first)).toBe(1);
    expect(look(at("21T07:01"), first)).toBe(0);
    const restarted = new Digests([channel]);
    expect(look(at("21T07:02"), restarted)).toBe(0);
    expect(look(at("22T07:00"), restarted)).toBe(1);
    expect(queued()).toEqual([at("21T07:00"), at("22T07:00")]);
  });

  it("that were missed are one, told as soon as somebody looks", () => {
    const { look, queued } = workshop();
    look(at("20T12:00"), new Digests([channel]));
    expect(look(at("24T12:00"), new Digests([channel]))).toBe(1);
    expect(queued()).toEqual([at("24T12:00")]);
  });

  it("leave what is firing as it is, and channels without one alone", () => {
    const { state, look } = workshop();
    const [{ problem, since }] = STATUS.alerts as [(typeof STATUS.alerts)[0]];
    const active = [{ id: "a", key: "k", problem, since, lastNotifiedAt: since }];
    state.alerts.commit({ active, deliveries: [] });
    const digests = new Digests([channel, { ...channel, name: "quiet", digest: undefined }]);
    look(at("20T12:00"), digests);
    look(at("21T07:00"), digests);
    expect(state.alerts.active()).toEqual(active);
    expect(state.alerts.waitingChannels()).toEqual(["team"]);
  });

  it("are not told twice when the clock is set back", () => {
    const { look } = workshop();
    const digests = new Digests([channel]);
    look(at("20T12:00"), digests);
    expect(look(at("21T07:00"), digests)).toBe(1);
    expect(look(at("20T06:00"), new Digests([channel]))).toBe(0);
    expect(look(at("21T07:00"), new Digests([channel]))).toBe(0);
    expect(look(at("22T07:00"), new Digests([channel]))).toBe(1);
  });
});
