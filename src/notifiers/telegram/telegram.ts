/** Alerts to a chat of Telegram, by a bot. */
import { SECOND, type Milliseconds } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { telegramPayload } from "./payload.ts";

export interface TelegramTarget {
  token: string;
  chat: string;
  topic?: number | undefined;
  /** Address of the Bot API. */
  api: string;
}

export function createTelegramNotifier(
  name: string,
  { token, chat, topic, api }: TelegramTarget,
  { clock }: { clock: Clock },
): Notifier {
  return {
    name,
    kind: "telegram",
    async send(message, { signal }) {
      await postJson({
        ...{ what: `Notifying channel ${name}`, clock, signal, waitIn, secrets: [token] },
        url: `${api.replace(/\/+$/, "")}/bot${token}/sendMessage`,
        body: JSON.stringify(telegramPayload(message, { chat, topic })),
        settings: "`token` and `chat`",
      });
    },
  };
}

/** https://core.telegram.org/bots/api#responseparameters: Telegram says it in the body. */
function waitIn(body: string): Milliseconds | undefined {
  const seconds = Number(/"retry_after":\s*(\d+)/.exec(body)?.[1]);
  return seconds > 0 ? seconds * SECOND : undefined;
}
