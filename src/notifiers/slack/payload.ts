/**
 * A message as Slack's Block Kit, within the limits it publishes (https://docs.slack.dev/reference/block-kit/blocks): one
 * character more and Slack refuses the whole message. Each part has its own block, so a long detail cannot push out the next
 * step.
 */
import type { AlertMessage } from "../../domain/alerts.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";
import { escapeMarkup } from "../escape.ts";
import { partsOf } from "../message-parts.ts";

const HEADER_LIMIT = 150;
const SECTION_LIMIT = 3000;
/** Slack takes 40,000; it is shown where blocks are not, in a notification or on a watch. */
const FALLBACK_LIMIT = 1000;
/** Ours: names are short, and a context line is to be glanced at. */
const CONTEXT_LIMIT = 200;
const escape = escapeMarkup;

interface TextObject {
  type: "plain_text" | "mrkdwn";
  text: string;
  emoji?: boolean;
  verbatim?: boolean;
}

export type SlackBlock =
  | { type: "header"; text: TextObject }
  | { type: "section"; text: TextObject }
  | { type: "context"; elements: TextObject[] };

export interface SlackPayload {
  text: string;
  blocks: SlackBlock[];
}

export function slackPayload(message: AlertMessage): SlackPayload {
  const { headline, body, next, about } = partsOf(message);
  // A title that does not fit the header is told in full below it.
  const title = headline.length > HEADER_LIMIT ? `${message.problem.title}\n` : "";
  return {
    text: cutEnd(`${headline}. ${message.problem.detail}`, { limit: FALLBACK_LIMIT, escape }),
    blocks: [
      {
        type: "header",
        text: { type: "plain_text", text: cutEnd(headline, { limit: HEADER_LIMIT, escape }), emoji: true },
      },
      ...section(`${title}${body}`),
      ...section(next === "" ? "" : `*Next:* ${next}`),
      {
        type: "context",
        elements: about.map((text) => markdown(cutEnd(text, { limit: CONTEXT_LIMIT, escape }))),
      },
    ],
  };
}

/** Slack refuses an empty one. */
function section(text: string): SlackBlock[] {
  const cut = cutMiddle(text, { limit: SECTION_LIMIT, escape });
  return cut.trim() === "" ? [] : [{ type: "section", text: markdown(cut) }];
}

/** `verbatim`: an error that holds `#channel` or `@name` shall neither link nor call anybody. */
function markdown(text: string): TextObject {
  return { type: "mrkdwn", text, verbatim: true };
}
