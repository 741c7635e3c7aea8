/** The same trouble by both ways: Prometheus with the shipped rules, and Holdfast's own channel. */
import { mkdirSync, renameSync } from "node:fs";

import { describe, expect, it, onTestFinished } from "vitest";

import { startReceiver, type Receiver } from "../fakes/receiver.ts";
import { stockTools } from "../fakes/stock-tools.ts";
import { freePort } from "../torture/interventions/free-port.ts";
import { Monitoring } from "./monitoring.ts";
import { testStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

const TOKEN = "a-token-for-tests";
const tools = stockTools("prometheus", "prometheus-alertmanager");

async function slack(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

/** Titles as Alertmanager's Slack has them. */
const titlesOf = ({ requests }: Receiver) =>
  requests.flatMap(({ body }) =>
    (JSON.parse(body) as { attachments: { title: string; text: string }[] }).attachments.map(
      ({ title }) => title,
    ),
  );
const textsOf = ({ requests }: Receiver) =>
  requests.map(({ body }) => (JSON.parse(body) as { text: string }).text);

async function watchedStack() {
  const routed = await slack();
  const own = await slack();
  const listen = `127.0.0.1:${await freePort()}`;
  const stack = testStack({
    jobs: { data: { freshness: { maxAge: "10s" } } },
    alerts: {
      repeatEvery: "2s",
      channels: { team: { kind: "slack", url: own.url, conditions: ["run-failed"] } },
    },
    http: { listen, token: TOKEN },
  });
  stack.write({ file: "content" });
  const daemon = await stack.startDaemon();
  const monitoring = await Monitoring.start(stack.path("monitoring"), {
    target: listen,
    webhook: routed.url,
  });
  const firing = async () =>
    (await monitoring.firing()).map(({ labels }) => `${labels["alertname"]} ${labels["job"]}`).sort();
  return { stack, daemon, monitoring, routed, own, firing };
}

describe.skipIf(tools.areMissing)(`a source that is taken away, and given back${tools.title}`, () => {
  it("fires the rules through Alertmanager and tells the own channel once, over restarts of everything, and is over in both", async () => {
    const { stack, daemon, monitoring, routed, own, firing } = await watchedStack();
    expect(await daemon.runJob("data", TOKEN)).toBe("succeeded");
    const both = ["HoldfastRunFailed data", "HoldfastStale data"];
    const lost = stack.path("elsewhere");
    renameSync(stack.source(), lost);
    expect(await daemon.runJob("data", TOKEN)).toBe("failed");

    await waitUntil("both alerts in Slack", () => {
      const titles = titlesOf(routed);
      return (
        titles.includes("The last backup of data failed") &&
        titles.includes("Backup of data is stale in local")
      );
    });
    expect(await firing()).toEqual(both);
    const failed = (await monitoring.firing()).find(
      ({ labels }) => labels["alertname"] === "HoldfastRunFailed",
    );
    expect(failed?.labels).toMatchObject({
      stack: "analytics",
      severity: "critical",
      condition: "run-failed",
    });
    expect(failed?.annotations["runbook_url"]).toBe("docs/alerts.md#run-failed");
    await waitUntil("repetitions in the own channel", () => own.requests.length >= 3);

    await Promise.all([daemon.stop("SIGKILL"), monitoring.kill()]);
    const told = titlesOf(routed).length;
    await monitoring.start();
    const second = await stack.startDaemon();
    await waitUntil("both alerts after the restart", async () => (await firing()).join() === both.join());
    await waitUntil("repetitions after the restart", () => textsOf(own).length >= 4);

    mkdirSync(stack.source(), { recursive: true });
    renameSync(lost, stack.source());
    expect(await second.runJob("data", TOKEN)).toBe("succeeded");
    await waitUntil("the end of both in Slack", () => {
      const titles = titlesOf(routed).slice(told);
      return (
        titles.includes("Over: The last backup of data failed") &&
        titles.includes("Over: Backup of data is stale in local")
      );
    });
    await waitUntil("the end in the own channel", () =>
      textsOf(own).some((text) => text.includes("Resolved")),
    );

    const marks = textsOf(own).map((text) => text.split("The last backup of data failed")[0]);
    expect(marks).toEqual(["🔴 ", ...marks.slice(1, -1).map(() => "🔴 Still: "), "🟢 Resolved: "]);
  });
});
