/** docs/alerts.md shows each kind of channel: a config that is valid, and what is sent with it, to the letter. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChannelOptions } from "../src/config/schema.ts";
import { kindsOf, childSchema } from "../src/config/schema-walk.ts";
import { createNotifier } from "../src/daemon/compose-notifiers.ts";
import { openMemoryState } from "../src/state/sqlite-state.ts";
import { z } from "zod";
import { alertMessage } from "./contract/odd-messages.ts";
import { loadYaml } from "./fakes/config-files.ts";
import { FakeClock } from "./fakes/fake-clock.ts";
import { startReceiver, type Receiver } from "./fakes/receiver.ts";
import { startSmtpServer } from "./fakes/smtp-server.ts";

const PAGE = readFileSync(new URL("../docs/alerts.md", import.meta.url), "utf8");

const KINDS = kindsOf(ChannelOptions).map((kind) => {
  const literal = childSchema(kind, "kind", undefined);
  return literal instanceof z.ZodLiteral ? String(literal.value) : "";
});

const SECRETS = [
  ...["/run/secrets/discord_webhook", "/run/secrets/teams_workflow"].map((file) => [
    file,
    "https://a.example/b",
  ]),
  ["/run/secrets/telegram_token", "123456:ABC-DEF"],
  ["/run/secrets/slack_token", "xoxb-secret-of-it"],
  ...["ntfy_topic", "ntfy_token", "gotify_token", "pagerduty_key", "pager_secret", "smtp_password"].map(
    (name) => [`/run/secrets/${name}`, "secret-of-it"],
  ),
];
const SURROUNDINGS = {
  env: { SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T0/B0/x", HOOK_SECRET: "secret-of-it" },
  files: Object.fromEntries(SECRETS) as Record<string, string>,
  directories: { "/source": ["data"] },
};

describe("the channels of docs/alerts.md", () => {
  let receiver: Receiver;
  beforeAll(async () => void (receiver = await startReceiver()));
  afterAll(() => receiver.close());

  it("are those that there are, each once", () => {
    const headings = [...PAGE.matchAll(/^### .* \(`([a-z]+)`\)$/gm)].map(([, kind]) => kind);
    expect(headings.sort()).toEqual([...KINDS].sort());
  });

  const overHttp = KINDS.filter((kind) => kind !== "email");

  it.each(overHttp)("show what %s is configured with, and what it is sent", async (kind) => {
    const section = sectionOf(kind);
    const options = await optionsIn(section);
    expect(options?.kind).toBe(kind);
    await send({ ...options, ...addressIn(options!, receiver.url) } as ChannelOptions);
    const { body } = receiver.requests.at(-1)!;
    expect(JSON.parse(body)).toEqual(JSON.parse(blockOf(section, "json")));
  });

  it("show what email is configured with, and what arrives", async () => {
    const server = await startSmtpServer({});
    const section = sectionOf("email");
    const options = await optionsIn(section);
    expect(options?.kind).toBe("email");
    await send({ ...options, host: "127.0.0.1", port: server.port, security: "none" } as ChannelOptions);
    await server.close();
    const { content } = server.mails[0]!;
    const text = blockOf(section, "text").replace(/^Subject: .*\n\n/, "");
    const [, encoded = ""] = /text\/plain[^]*?\n\n([^]*?)\n----/.exec(content) ?? [];
    expect(decoded(encoded).trim()).toBe(text.trim());
  });

  it("have examples that are valid, all of them", async () => {
    const examples = [...PAGE.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, text]) => text ?? "");
    expect(examples.length).toBeGreaterThan(KINDS.length);
    for (const example of examples) await expect(loadYaml(example, SURROUNDINGS)).resolves.toBeDefined();
  });
});

function decoded(text: string): string {
  const bytes = text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_match, hex: string) => `%${hex}`);
  return decodeURIComponent(bytes.replace(/%(?![0-9A-F]{2})/g, "%25"));
}

function sectionOf(kind: string): string {
  const section = new RegExp(`^### [^\\n]* \\(\`${kind}\`\\)\\n([^]*?)(?=^### |(?![^]))`, "m");
  return section.exec(PAGE)?.[1] ?? "";
}

async function optionsIn(section: string): Promise<ChannelOptions | undefined> {
  const config = await loadYaml(blockOf(section, "yaml"), SURROUNDINGS);
  return config.alerts.channels[0]?.options;
}

async function send(options: ChannelOptions): Promise<void> {
  const around = { clock: new FakeClock("2026-11-20T12:00:00Z"), notes: openMemoryState().notes };
  const { signal } = new AbortController();
  const notifier = await createNotifier("team", options, around);
  await notifier.send(alertMessage(), { signal });
}

/** The key that holds the address, with another one. */
function addressIn(options: object, url: string): object {
  return "url" in options ? { url } : { api: url };
}

function blockOf(section: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m").exec(section)?.[1] ?? "";
}
