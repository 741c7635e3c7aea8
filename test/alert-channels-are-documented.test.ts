/** docs/alerts.md shows each kind of channel: a config that is valid, and what is sent with it, to the letter. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChannelOptions } from "../src/config/schema.ts";
import { kindsOf, childSchema } from "../src/config/schema-walk.ts";
import { createNotifier } from "../src/daemon/compose-notifiers.ts";
import { z } from "zod";
import { alertMessage } from "./contract/odd-messages.ts";
import { loadYaml } from "./fakes/config-files.ts";
import { FakeClock } from "./fakes/fake-clock.ts";
import { startReceiver, type Receiver } from "./fakes/receiver.ts";

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
  ...["ntfy_topic", "ntfy_token", "gotify_token", "pagerduty_key", "pager_secret"].map((name) => [
    `/run/secrets/${name}`,
    "secret-of-it",
  ]),
];
const SURROUNDINGS = {
  env: { SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T0/B0/x" },
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

  it.each(KINDS)("show what %s is configured with, and what it is sent", async (kind) => {
    const [, section = ""] =
      new RegExp(`^### [^\\n]* \\(\`${kind}\`\\)\\n([^]*?)(?=^### |(?![^]))`, "m").exec(PAGE) ?? [];
    const config = await loadYaml(blockOf(section, "yaml"), SURROUNDINGS);
    const [channel] = config.alerts.channels;
    expect(channel?.options.kind).toBe(kind);
    const own = { ...channel!.options, ...addressIn(channel!.options, receiver.url) };
    const notifier = createNotifier("team", own, { clock: new FakeClock() });
    await notifier.send(alertMessage(), { signal: new AbortController().signal });
    const { body } = receiver.requests.at(-1)!;
    expect(JSON.parse(body)).toEqual(JSON.parse(blockOf(section, "json")));
  });
});

/** The key that holds the address, with another one. */
function addressIn(options: object, url: string): object {
  return "api" in options ? { api: url } : { url };
}

function blockOf(section: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m").exec(section)?.[1] ?? "";
}
