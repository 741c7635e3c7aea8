import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { startReceiver, SECRET_PATH } from "../../../test/fakes/receiver.ts";
import type { PingTarget } from "../../domain/ping.ts";
import type { RunRecord } from "../../domain/run.ts";
import { Pinger } from "./pinger.ts";

const ID = "0b9f8d6e-5a57-4c5e-9a53-2b9d6c1f7a11";
const RUN: RunRecord = {
  ...{ id: ID, job: "data", operation: "backup", trigger: "schedule", startedAt: 0, finishedAt: 65_000 },
  ...{ durationMs: 65_000, outcome: "succeeded", point: "20261120T030000Z-7f3a", warningCount: 0 },
  ...{ files: 1234, sourceBytes: 5e9, stores: [{ store: "local", outcome: "succeeded", storedBytes: 2e9 }] },
};

async function workshop(of: Partial<PingTarget> = {}, path = "") {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const clock = new FakeClock();
  const troubles: string[] = [];
  const target: PingTarget = { kind: "healthchecks", partial: "fail", url: receiver.url + path, ...of };
  const pinger = new Pinger({
    ...{ stack: "shop", clock, onTrouble: (message) => troubles.push(message) },
    targetOf: (job) => (job === "silent" ? undefined : target),
  });
  const seen = () =>
    receiver.requests.map(({ method, path: at }) => `${method} ${at.replace(SECRET_PATH, "")}`);
  return { receiver, clock, troubles, pinger, seen };
}

const START = { id: ID, job: "data", operation: "backup", startedAt: 0 } as const;

describe("Healthchecks", () => {
  it("is told of the start and the end of a backup, in this order, with its id and a summary", async () => {
    const { pinger, receiver, seen, troubles } = await workshop();
    pinger.runStarted(START);
    pinger.runFinished(RUN);
    await pinger.settled();
    expect(seen()).toEqual([`POST /start?rid=${ID}`, `POST /0?rid=${ID}`]);
    const page = readFileSync(new URL("../../../docs/alerts.md", import.meta.url), "utf8");
    const [, example] = /```text\n(Backup of data[^]*?)\n```/.exec(page) ?? [];
    expect(receiver.requests[1]?.body).toBe(example);
    expect(troubles).toEqual([]);
  });

  it.each([
    ["partial", "fail", "/3"],
    ["partial", "success", "/0"],
    ["failed", "fail", "/1"],
    ["cancelled", "fail", "/log"],
    ["skipped", "fail", "/log"],
  ] as const)("is told of a %s run (partial counts as %s) by %s", async (outcome, partial, path) => {
    const { pinger, seen, receiver } = await workshop({ partial });
    pinger.runFinished({ ...RUN, outcome, reason: "The store is full." });
    await pinger.settled();
    expect(seen()).toEqual([`POST ${path}?rid=${ID}`]);
    expect(receiver.requests[0]?.body).toContain("\nThe store is full.\n");
  });

  it("is asked by names where the address has places for them, and what follows in it stays", async () => {
    const { pinger, seen } = await workshop({}, "/{stack}-{job}/?create=1");
    pinger.runStarted({ ...START, job: "a b" });
    await pinger.settled();
    expect(seen()).toEqual([`POST /shop-a%20b/start?create=1&rid=${ID}`]);
  });

  it("is sent at most 10 kB, whatever the reason", async () => {
    const { pinger, receiver } = await workshop();
    pinger.runFinished({ ...RUN, outcome: "failed", reason: "ü".repeat(20_000) });
    await pinger.settled();
    const { body = "" } = receiver.requests[0] ?? {};
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(10_000);
    expect(body).toMatch(/stored$/);
  });
});

describe("Uptime Kuma", () => {
  const KUMA = { kind: "uptime-kuma" } as const;

  it("is told of the end only, in place of what its copied address says", async () => {
    const { pinger, receiver } = await workshop(KUMA, "?status=up&msg=OK&ping=");
    pinger.runStarted(START);
    pinger.runFinished({ ...RUN, outcome: "failed", reason: "x".repeat(400) });
    pinger.runFinished({ ...RUN, outcome: "cancelled" });
    pinger.runFinished(RUN);
    await pinger.settled();
    const asked = receiver.requests.map(({ method, path }) => {
      expect(method).toBe("GET");
      return Object.fromEntries(new URL(path, receiver.url).searchParams);
    });
    expect(asked).toEqual([
      {
        status: "down",
        ping: "65000",
        msg: expect.stringMatching(/^Backup of data: failed .{0,230}$/) as string,
      },
      { status: "up", ping: "65000", msg: "Backup of data: succeeded in 1 min 5 s." },
    ]);
    expect(asked[0]?.["msg"]?.length).toBeLessThanOrEqual(250);
  });
});

describe("a ping", () => {
  it("is not made for jobs that have none, nor for other operations", async () => {
    const { pinger, seen } = await workshop();
    pinger.runFinished({ ...RUN, job: "silent" });
    pinger.runFinished({ ...RUN, operation: "verify" });
    await pinger.settled();
    expect(seen()).toEqual([]);
  });

  it("that does not arrive is tried again twice, then told without its address", async () => {
    const { pinger, receiver, clock, troubles } = await workshop();
    receiver.answer("close", { status: 503 }, { status: 200 });
    pinger.runFinished(RUN);
    await receiver.received(1);
    while (clock.sleeping === 0) await new Promise(setImmediate);
    await clock.advance(2000);
    await receiver.received(2);
    while (clock.sleeping === 0) await new Promise(setImmediate);
    await clock.advance(10_000);
    await receiver.received(3);
    await pinger.settled();
    expect(troubles).toEqual([]);
    receiver.answer({ status: 404 });
    pinger.runFinished(RUN);
    await pinger.settled();
    expect(troubles).toEqual([
      "Pinging for job data failed: the receiver answered 404; check the job's `ping.url`.",
    ]);
    expect(troubles.join()).not.toContain("SECRET");
  });

  it("is given up after four seconds when the process ends", async () => {
    const { pinger, receiver, clock, troubles } = await workshop();
    receiver.answer("hang");
    pinger.runStarted(START);
    pinger.runFinished(RUN);
    await receiver.received(1);
    const settled = pinger.settled();
    await clock.advance(4000);
    await settled;
    expect(troubles).toHaveLength(2);
    expect(troubles.join()).not.toContain("SECRET");
  });
});
