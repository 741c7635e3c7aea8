import { describe, expect, it } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { alertMessage, longMessage } from "../../../test/contract/odd-messages.ts";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { startReceiver } from "../../../test/fakes/receiver.ts";
import { telegramPayload, type TelegramPayload } from "./payload.ts";
import { createTelegramNotifier } from "./telegram.ts";

const target = { token: "123456:SECRET-token", chat: "-1001234567890" };

describeNotifierContract(
  "telegram",
  (api, clock) => createTelegramNotifier("ops", { ...target, api }, { clock }),
  {
    accepted: { status: 200, body: '{"ok":true,"result":{}}' },
    check: ({ body, path }) => {
      expect(path.endsWith("/bot123456:SECRET-token/sendMessage")).toBe(true);
      const payload = JSON.parse(body) as TelegramPayload;
      expect(payload).toMatchObject({ chat_id: "-1001234567890", parse_mode: "HTML" });
      expectTelegramText(payload.text);
    },
  },
);

/** https://core.telegram.org/bots/api#sendmessage and #html-style: 1 to 4096 characters after parsing, tags that are balanced. */
function expectTelegramText(text: string): void {
  const open: string[] = [];
  const parsed = text.replace(/<(\/?)(b|i|code)>/g, (_tag, slash: string, name: string) => {
    if (slash === "") open.push(name);
    else expect(open.pop()).toBe(name);
    return "";
  });
  expect(open).toEqual([]);
  expect(parsed.replace(/&(amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
  const shown = parsed.replace(/&(amp|lt|gt);/g, "x");
  expect(shown.length).toBeLessThanOrEqual(4096);
  expect(shown.trim()).not.toBe("");
}

describe("a Telegram message", () => {
  it("has a headline, the detail, the next step and where it is from", () => {
    expect(telegramPayload(alertMessage(), { chat: "@ops", topic: 7 })).toEqual({
      chat_id: "@ops",
      message_thread_id: 7,
      text: [
        "<b>🔴 Backup of data is stale in local</b>",
        "The last good point there is 50 h old.",
        "<b>Next:</b> Run <code>holdfast backup data</code>.",
        "<i>stack analytics · critical · since 2026-11-20 09:00 UTC · alert alert-1</i>",
      ].join("\n\n"),
      parse_mode: "HTML",
      link_preview_options: { is_disabled: true },
    });
  });

  it("keeps most of a long reason", () => {
    expect(telegramPayload(longMessage(), target).text.length).toBeGreaterThan(2800);
  });

  it("waits as long as Telegram asks in its body", async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 429, body: '{"ok":false,"error_code":429,"parameters":{"retry_after":17}}' });
    const notifier = createTelegramNotifier(
      "ops",
      { ...target, api: receiver.url },
      { clock: new FakeClock() },
    );
    const sending = notifier.send(alertMessage(), { signal: new AbortController().signal });
    await expect(sending).rejects.toMatchObject({ transient: true, facts: { retryAfter: 17_000 } });
    await receiver.close();
  });
});
