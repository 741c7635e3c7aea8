import { describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage, longMessage } from "../../../test/contract/odd-messages.ts";
import { createDiscordNotifier } from "./discord.ts";
import { discordPayload, type DiscordPayload } from "./payload.ts";

describeNotifierContract("discord", (url, clock) => createDiscordNotifier("ops", { url }, { clock }), {
  accepted: { status: 204, body: "" },
  check: ({ body }) => expectDiscordLimits(JSON.parse(body) as DiscordPayload),
});

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
function expectDiscordLimits({ embeds, allowed_mentions }: DiscordPayload): void {
  expect(embeds).toHaveLength(1);
  expect(allowed_mentions).toEqual({ parse: [] });
  const [{ title, description, fields, footer }] = embeds;
  expect(title.length).toBeLessThanOrEqual(256);
  expect(description?.length ?? 0).toBeLessThanOrEqual(4096);
  expect(fields.length).toBeLessThanOrEqual(25);
  expect(footer.text.length).toBeLessThanOrEqual(2048);
  for (const { name, value } of fields) {
    expect(name.length).toBeLessThanOrEqual(256);
    expect(value.length).toBeLessThanOrEqual(1024);
  }
  const texts = [title, description, footer.text, ...fields.flatMap(({ name, value }) => [name, value])];
  expect(texts.join("").length).toBeLessThanOrEqual(6000);
  for (const text of texts) expect(text?.trim()).not.toBe("");
}

describe("a Discord message", () => {
  it("is one embed with the detail, the next step and where it is from", () => {
    expect(discordPayload(alertMessage())).toEqual({
      embeds: [
        {
          title: "🔴 Backup of data is stale in local",
          description: "The last good point there is 50 h old.",
          color: 0xe01e5a,
          fields: [{ name: "Next", value: "Run `holdfast backup data`." }],
          footer: { text: "stack analytics · critical · since 2026-11-20 09:00 UTC · alert alert-1" },
          timestamp: "2026-11-20T12:00:00.000Z",
        },
      ],
      allowed_mentions: { parse: [] },
    });
  });

  it("is green and asks for nothing when it is over", () => {
    const [embed] = discordPayload(alertMessage({ event: "resolved" })).embeds;
    expect(embed).toMatchObject({
      title: "🟢 Resolved: Backup of data is stale in local",
      description: "It is over after 3 h. It was: The last good point there is 50 h old.",
      color: 0x2eb67d,
      fields: [],
    });
  });

  it("has no markup but commands, which are shown as they are typed", () => {
    const problem = { ...alertMessage().problem, detail: "*a* `b_c --d` <@1> [x](y)" };
    const [{ description }] = discordPayload(alertMessage({ problem })).embeds;
    expect(description).toBe("\\*a\\* `b_c --d` \\<@1\\> \\[x\\](y)");
  });

  it("keeps most of a long reason", () => {
    expect(discordPayload(longMessage()).embeds[0].description?.length).toBeGreaterThan(3000);
  });
});
