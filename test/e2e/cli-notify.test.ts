import { writeFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { startReceiver } from "../fakes/receiver.ts";
import { startSmtpServer } from "../fakes/smtp-server.ts";
import { testStack } from "./test-stack.ts";

it("`holdfast notify test` reaches a channel of every kind, and `config show` tells no address or token of one", async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  receiver.answer({ status: 200, body: '{"ok":true,"ts":"1.2"}' });
  const mail = await startSmtpServer();
  onTestFinished(() => mail.close());
  const stack = testStack();
  const { url } = receiver;
  const channels = {
    webhook: { kind: "webhook", url, body: { text: "{{title}}" } },
    slack: { kind: "slack", url },
    bot: { kind: "slack", token: "xoxb-SECRET", channel: "C1", api: new URL(url).origin },
    discord: { kind: "discord", url },
    teams: { kind: "teams", url },
    telegram: { kind: "telegram", token: "1:SECRET", chat: 5, api: new URL(url).origin },
    mail: {
      kind: "email",
      host: "127.0.0.1",
      port: mail.port,
      security: "none",
      from: "a@b.c",
      to: ["d@e.f"],
    },
    ntfy: { kind: "ntfy", url, topic: "SECRET" },
    gotify: { kind: "gotify", url, token: "SECRET-token" },
    pager: { kind: "pagerduty", url: new URL(url).origin, routingKey: "SECRET-key" },
    alertmanager: { kind: "alertmanager", url },
  };
  writeFileSync(stack.configPath, JSON.stringify({ stack: "s", jobs: JOBS, alerts: { channels } }));
  const ended = await stack.run("notify", "test");
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ended.stdout.trimEnd().split("\n")).toEqual(
    Object.keys(channels).map((name) => `${name}: delivered.`),
  );
  expect(mail.mails).toHaveLength(1);
  const shown = await stack.run("config", "show");
  expect(shown.exitCode).toBe(0);
  expect(shown.stdout).not.toContain("SECRET");
});

const JOBS = { data: { source: { kind: "volume", path: "/source/data" } } };

it("a backup tells whoever expects to hear of it, and a Pushgateway, before the command has ended, and nobody else where they are", async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const stack = testStack();
  const source = { kind: "volume", path: stack.source() };
  stack.write({ file: "content" });
  const pushgateway = { url: `${receiver.url}/gateway` };
  stack.configure({
    jobs: { data: { source, ping: { url: `${receiver.url}/{job}` } } },
    metrics: { pushgateway },
  });
  const point = await stack.backUp();
  const [start, end, ...others] = receiver.requests.filter(({ method }) => method === "POST");
  expect(others).toEqual([]);
  const pushed = receiver.requests.filter(({ method }) => method === "PUT");
  expect(pushed.map(({ path }) => path.replace(/^.*gateway/, ""))).toEqual(["/metrics/job/data/stack/test"]);
  expect(pushed[0]?.body).toContain('holdfast_job_fresh{job="data",store="local"} 1');
  expect(start?.path).toMatch(/\/data\/start\?rid=[0-9a-f-]{36}$/);
  expect(end?.path).toBe(start?.path.replace("/start", "/0"));
  expect(end?.body).toContain(`Point ${point}`);
  receiver.answer({ status: 404 });
  const refused = await stack.run("backup", "data");
  expect(refused).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("answered 404") as string });
  const shown = await stack.run("config", "show");
  expect(refused.stderr + shown.stdout).not.toContain("SECRET");
});
