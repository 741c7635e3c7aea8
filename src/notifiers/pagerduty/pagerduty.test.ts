import { describe, expect, it, onTestFinished } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage } from "../../../test/contract/odd-messages.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { SECRET_PATH, startReceiver } from "../../../test/fakes/receiver.ts";
import { createPagerdutyNotifier } from "./pagerduty.ts";
import { pagerdutyEvent, type PagerdutyChange, type PagerdutyEvent } from "./payload.ts";

describeNotifierContract(
  "pagerduty",
  (url, clock) => createPagerdutyNotifier("ops", { url, routingKey: "R0KEY0R0KEY0R0KEY0" }, { clock }),
  {
    accepted: { status: 202, body: '{"status":"success"}' },
    requestsOf: ({ event }) => (event === "test" ? 2 : 1),
    check: ({ body }, { event }) =>
      event === "note" ? expectChangeLimits(body) : expectPagerdutyLimits(body),
  },
);

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
function expectPagerdutyLimits(body: string): void {
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(512 * 1024);
  const { routing_key, event_action, dedup_key, payload } = JSON.parse(body) as PagerdutyEvent;
  expect(routing_key).toBe("R0KEY0R0KEY0R0KEY0");
  expect(["trigger", "resolve"]).toContain(event_action);
  expect(dedup_key.length).toBeLessThanOrEqual(255);
  expect(payload.summary.length).toBeLessThanOrEqual(1024);
  expect(payload.summary.trim()).not.toBe("");
  expect(payload.source).not.toBe("");
  expect(["critical", "error", "warning", "info"]).toContain(payload.severity);
  expect(Number.isNaN(Date.parse(payload.timestamp))).toBe(false);
}

/** https://developer.pagerduty.com/docs/events-api-v2/send-change-events/ */
function expectChangeLimits(body: string): void {
  const { routing_key, payload } = JSON.parse(body) as PagerdutyChange;
  expect(routing_key).toBe("R0KEY0R0KEY0R0KEY0");
  expect(payload.summary.length).toBeLessThanOrEqual(1024);
  expect(payload.summary.trim()).not.toBe("");
  expect(Number.isNaN(Date.parse(payload.timestamp))).toBe(false);
}

describe("a PagerDuty event", () => {
  it("of a note is a change beside the alerts, of which nobody is called", async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const url = `${receiver.url}/v2/enqueue`;
    const clock = new FakeClock("2026-11-20T12:00:00Z");
    const notifier = createPagerdutyNotifier("ops", { url, routingKey: "key" }, { clock });
    const { signal } = new AbortController();
    await notifier.send(alertMessage({ event: "note" }), { signal });
    await notifier.send(alertMessage(), { signal });
    expect(receiver.requests.map(({ path }) => path.replace(SECRET_PATH, ""))).toEqual([
      "/v2/change/enqueue",
      "/v2/enqueue",
    ]);
    expect(JSON.parse(receiver.requests[0]?.body ?? "")).toEqual({
      routing_key: "key",
      payload: {
        summary: "🔵 Backup of data is stale in local (stack analytics)",
        source: "analytics",
        timestamp: "2026-11-20T09:00:00.000Z",
        custom_details: {
          detail: "The last good point there is 50 h old.",
          next: "Run `holdfast backup data`.",
          job: "data",
          store: "local",
        },
      },
    });
  });

  it("says what is wrong, where, and what to do", () => {
    expect(pagerdutyEvent(alertMessage(), "key", "trigger")).toEqual({
      routing_key: "key",
      event_action: "trigger",
      dedup_key: "alert-1",
      client: "Holdfast",
      payload: {
        summary: "🔴 Backup of data is stale in local (stack analytics)",
        source: "analytics",
        severity: "critical",
        timestamp: "2026-11-20T09:00:00.000Z",
        component: "data",
        group: "analytics",
        class: "stale",
        custom_details: {
          detail: "The last good point there is 50 h old.",
          next: "Run `holdfast backup data`.",
          job: "data",
          store: "local",
        },
      },
    });
  });
});
