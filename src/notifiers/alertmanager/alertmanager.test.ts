import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage } from "../../../test/contract/odd-messages.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { startReceiver, type Receiver } from "../../../test/fakes/receiver.ts";
import { createAlertmanagerNotifier } from "./alertmanager.ts";
import type { AlertmanagerAlert } from "./payload.ts";

describeNotifierContract(
  "alertmanager",
  (url, clock) => createAlertmanagerNotifier("am", { url: `${url}/`, labels: { team: "ops" } }, { clock }),
  {
    check: ({ body, path }) => {
      expect(path.endsWith("/B0SECRET/api/v2/alerts")).toBe(true);
      const alerts = JSON.parse(body) as AlertmanagerAlert[];
      expect(alerts).toHaveLength(1);
      for (const { labels, annotations, startsAt, endsAt } of alerts) {
        expect(labels["alertname"]).toMatch(/^Holdfast\w+$/);
        for (const name of Object.keys(labels)) expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
        for (const value of Object.values({ ...labels, ...annotations })) expect(value).not.toBe("");
        expect(Date.parse(endsAt)).toBeGreaterThanOrEqual(Date.parse(startsAt));
      }
    },
  },
);

describe("an alert for Alertmanager", () => {
  const signal = new AbortController().signal;
  const clock = new FakeClock("2026-11-20T12:30:00Z");
  let receiver: Receiver;
  beforeEach(async () => void (receiver = await startReceiver()));
  afterEach(() => receiver.close());
  const notifier = () =>
    createAlertmanagerNotifier("am", { url: receiver.url, token: "bearer-token", labels: {} }, { clock });
  const sent = () => receiver.requests.map(({ body }) => JSON.parse(body) as AlertmanagerAlert[]);

  it("lasts a quarter of an hour unless it is sent again, and ends when it is over", async () => {
    await notifier().send(alertMessage(), { signal });
    await notifier().refresh?.([alertMessage(), alertMessage({ event: "repeated" })], { signal });
    await notifier().send(alertMessage({ event: "resolved" }), { signal });
    const [firing, refreshed, resolved] = sent();
    expect(firing).toEqual([
      {
        labels: {
          alertname: "HoldfastStale",
          stack: "analytics",
          job: "data",
          store: "local",
          severity: "critical",
        },
        annotations: {
          summary: "Backup of data is stale in local",
          description: "The last good point there is 50 h old.",
          next: "Run `holdfast backup data`.",
        },
        startsAt: "2026-11-20T09:00:00.000Z",
        endsAt: "2026-11-20T12:45:00.000Z",
      },
    ]);
    expect(refreshed).toEqual([firing?.[0], firing?.[0]]);
    expect(resolved).toMatchObject([{ labels: firing?.[0]?.labels, endsAt: "2026-11-20T12:00:00.000Z" }]);
    expect(receiver.requests[0]?.headers.authorization).toBe("Bearer bearer-token");
  });

  it("of a note is one of its own, that ends by itself", async () => {
    await notifier().send(alertMessage({ event: "note", id: "note-1" }), { signal });
    const [[alert] = []] = sent();
    expect(alert?.labels).toMatchObject({ alertname: "HoldfastNote", severity: "info", note: "note-1" });
    expect(alert?.endsAt).toBe("2026-11-20T12:45:00.000Z");
  });
});
