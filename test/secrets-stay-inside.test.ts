/** Secrets that tools and servers quote in what they say come out nowhere: in no channel, page, log line, history or proof. */
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { observeAll } from "../src/app/observe-all.ts";
import { performRun } from "../src/app/perform-run.ts";
import { takeSnapshot } from "../src/app/store-snapshot.ts";
import { collectSecrets } from "../src/config/show.ts";
import { ChannelOptions } from "../src/config/schema.ts";
import { childSchema, kindsOf } from "../src/config/schema-walk.ts";
import { composeStack, type Stack } from "../src/daemon/compose.ts";
import { ALERT_EVENTS } from "../src/domain/alerts.ts";
import { HoldfastError } from "../src/domain/errors.ts";
import { logRuns } from "../src/observability/log-runs.ts";
import { RecentLog } from "../src/observability/recent-log.ts";
import { systemClock } from "../src/observability/system-clock.ts";
import { MemoryStore } from "../src/stores/memory/memory-store.ts";
import { z } from "zod";
import { alertMessage } from "./contract/odd-messages.ts";
import { loadYaml } from "./fakes/config-files.ts";
import { FakeClock } from "./fakes/fake-clock.ts";
import { FaultyStore } from "./fakes/faulty-store.ts";
import { startReceiver } from "./fakes/receiver.ts";
import { recordingLog } from "./fakes/recording-log.ts";
import { startSmtpServer } from "./fakes/smtp-server.ts";
import { temporaryDirectory } from "./fakes/temporary-directory.ts";

/** None is a part of what a channel has to send. */
const PLANTED = {
  webhook: "https://hooks.example/services/T0PLANTED/B0PLANTED/x9planted",
  token: "http-token-planted-1",
  key: "s3+secret/key=planted&2",
  password: 'hook "password" planted\\3',
  ping: "https://hc.example/ping/planted-uuid-4",
};
const SAID = Object.values(PLANTED)
  .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])
  .join(" and ");
/** What tells them, in whatever form; base64 has no letters of its own. */
const TELLING = [
  ...Object.values(PLANTED),
  "T0PLANTED",
  "planted-1",
  "planted&2",
  "planted%262",
  "planted-uuid",
];

const { signal } = new AbortController();

async function stackWith(channels: object): Promise<Stack> {
  const state = temporaryDirectory();
  const config = await loadYaml(
    JSON.stringify({
      ...{ stack: "analytics", state, http: { token: PLANTED.token } },
      stores: {
        local: { kind: "local", path: `${state}/store` },
        s3: { kind: "s3", bucket: "bucket", accessKeyId: "AKPLANTED", secretAccessKey: PLANTED.key },
      },
      jobs: {
        data: {
          source: { kind: "volume", path: "/source/data" },
          ...{ stores: ["local", "s3"], ping: { url: PLANTED.ping } },
          quiesce: {
            before: [{ exec: { service: "app", command: "true", env: { PASSWORD: PLANTED.password } } }],
          },
        },
      },
      alerts: { channels: { planted: { kind: "slack", url: PLANTED.webhook }, ...channels } },
    }),
  );
  const tool = { name: "holdfast", version: "1.2.3" };
  const none = { observers: [], onEvent: () => undefined, stateIs: "required" } as const;
  const stack = await composeStack({ ...none, config, tool, actor: "daemon" });
  onTestFinished(() => stack.close());
  return stack;
}

function expectNone(text: string): void {
  expect(text).toContain("redacted");
  for (const secret of TELLING) {
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
      expect(text).not.toContain(form);
    expect(text).not.toContain(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
  }
}

const KINDS = kindsOf(ChannelOptions).map((kind) => {
  const literal = childSchema(kind, "kind", undefined);
  return literal instanceof z.ZodLiteral ? String(literal.value) : "";
});

/** How each is configured whose address is that of a receiver. */
const CHANNELS: Readonly<Record<string, (url: string) => object>> = {
  slack: (url) => ({ url }),
  discord: (url) => ({ url }),
  teams: (url) => ({ url }),
  telegram: (api) => ({ api, token: "123456:own-token-of-the-bot", chat: "-1001" }),
  ntfy: (url) => ({ url, topic: "topic" }),
  gotify: (url) => ({ url, token: "own-token-of-it" }),
  pagerduty: (url) => ({ url, routingKey: "own-key-of-it" }),
  alertmanager: (url) => ({ url }),
  webhook: (url) => ({ url }),
};

describe("secrets that are quoted in an error", () => {
  it.each(KINDS.filter((kind) => kind !== "email"))("are in no message to %s", async (kind) => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    receiver.answer({ status: 200, body: '{"ok":true}' });
    const stack = await stackWith({ own: { kind, ...CHANNELS[kind]?.(receiver.url) } });
    const notifier = stack.notifiers.find(({ name }) => name === "own");
    const problem = { ...alertMessage().problem, title: SAID, detail: `It failed: ${SAID}.`, next: SAID };
    for (const event of ALERT_EVENTS) await notifier?.send(alertMessage({ event, problem }), { signal });
    await notifier?.refresh?.([alertMessage({ problem })], { signal });
    expect(receiver.requests.length).toBeGreaterThanOrEqual(ALERT_EVENTS.length);
    for (const { body } of receiver.requests) expectNone(body);
  });

  it("are in no mail", async () => {
    const server = await startSmtpServer({});
    onTestFinished(() => server.close());
    const own = { kind: "email", host: "127.0.0.1", port: server.port, security: "none" };
    const stack = await stackWith({ own: { ...own, from: "a@example.org", to: ["b@example.org"] } });
    const problem = { ...alertMessage().problem, title: "It failed", detail: `It failed: ${SAID}.` };
    await stack.notifiers.find(({ name }) => name === "own")?.send(alertMessage({ problem }), { signal });
    expectNone((server.mails[0]?.content ?? "").replace(/=\r?\n/g, ""));
  });

  it("are in no history, log or audit trail, from which pages and alerts take them", async () => {
    const stack = await stackWith({});
    const { context, config } = stack;
    const log = recordingLog({ secrets: collectSecrets(config) });
    const recent = new RecentLog(systemClock);
    const secrets = collectSecrets(config);
    const observer = observeAll([logRuns(log.logger), recent.observer(secrets)]);
    const request = { job: "data", operation: "backup", trigger: "schedule" } as const;
    const { run } = await performRun({ ...context, observer }, request, async (reporter) => {
      reporter.warn(`It said ${SAID}.`);
      throw new HoldfastError("source", { what: "Dumping", why: SAID, cause: new Error(SAID) });
    });
    const stores = [{ store: "s3", outcome: "failed", storedBytes: 0, error: SAID }] as const;
    const partial = await performRun(context, request, async () => ({
      ...{ outcome: "partial", reason: SAID, stores: [...stores] },
    }));
    expectNone(JSON.stringify([run, partial.run]));
    expectNone(JSON.stringify(context.state.runs.recent({ job: "data", limit: 9 })));
    expectNone(JSON.stringify(context.state.audit.recent(9)));
    expectNone(log.text());
    expectNone(inspect(recent.of(run.id)));
  });

  it("are in no state of a store", async () => {
    const { context } = await stackWith({});
    const clock = new FakeClock();
    const store = new FaultyStore(new MemoryStore({ name: "s3", clock }));
    store.inject("list", { kind: "throw-before", error: new Error(SAID) }, { times: 99 });
    const snapshot = await takeSnapshot({ ...context, store, clock, signal }, undefined);
    expectNone(snapshot.error ?? "");
  });
});
