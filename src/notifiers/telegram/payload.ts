/**
 * A message as Telegram's HTML, within its 4096 characters (https://core.telegram.org/bots/api#sendmessage). It counts what
 * is left when the markup is parsed; here escaped text is counted, which is never less.
 */
import type { AlertMessage } from "../../domain/alerts.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";
import { escapeMarkup } from "../escape.ts";
import { partsOf } from "../message-parts.ts";

const HEADLINE_LIMIT = 300;
const BODY_LIMIT = 2800;
const NEXT_LIMIT = 600;
const ABOUT_LIMIT = 300;
const escape = escapeMarkup;

export interface TelegramPayload {
  chat_id: string;
  message_thread_id?: number;
  text: string;
  parse_mode: "HTML";
  link_preview_options: { is_disabled: true };
}

export function telegramPayload(
  message: AlertMessage,
  { chat, topic }: { chat: string; topic?: number | undefined },
): TelegramPayload {
  const { headline, body, next, about } = partsOf(message);
  const parts = [
    `<b>${cutEnd(headline, { limit: HEADLINE_LIMIT, escape })}</b>`,
    withCode(cutMiddle(body.trim(), { limit: BODY_LIMIT, escape })),
    next.trim() === "" ? "" : `<b>Next:</b> ${withCode(cutMiddle(next, { limit: NEXT_LIMIT, escape }))}`,
    `<i>${cutEnd(about.join(" · "), { limit: ABOUT_LIMIT, escape })}</i>`,
  ];
  return {
    chat_id: chat,
    ...(topic === undefined ? {} : { message_thread_id: topic }),
    text: parts.filter((part) => part !== "").join("\n\n"),
    parse_mode: "HTML",
    link_preview_options: { is_disabled: true },
  };
}

/** Commands can be copied with one touch. */
function withCode(escaped: string): string {
  return escaped.replace(/`([^`\n]+)`/g, "<code>$1</code>");
}
