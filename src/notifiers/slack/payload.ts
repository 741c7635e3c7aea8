/**
 * A message as Slack's Block Kit, within the limits it publishes (https://docs.slack.dev/reference/block-kit/blocks): one
 * character more and Slack refuses the whole message. Each part has its own block, so a long detail cannot push out the next
 * step.
 */
import type { AlertMessage } from "../../domain/alerts.ts";
import { formatDuration } from "../../domain/human-text.ts";
import { toIso, type Instant } from "../../domain/instant.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";

const HEADER_LIMIT = 150;
const SECTION_LIMIT = 3000;
/** Slack takes 40,000; it is shown where blocks are not, in a notification or on a watch. */
const FALLBACK_LIMIT = 1000;
/** Ours: names are short, and a context line is to be glanced at. */
const CONTEXT_LIMIT = 200;

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
  const { problem, event, stack, since, id } = message;
  const headline = `${prefixOf(message)}${problem.title}`;
  // A title that does not fit the header is told in full below it.
  const title = headline.length > HEADER_LIMIT ? `${problem.title}\n` : "";
  const lasted =
    event === "resolved" ? `It is over after ${formatDuration(message.at - since)}. It was: ` : "";
  const next = event === "resolved" || problem.next === "" ? "" : `*Next:* ${problem.next}`;
  const about = [`stack ${stack}`, problem.severity, `since ${when(since)}`, `alert ${id}`];
  return {
    text: cutEnd(`${headline}. ${problem.detail}`, { limit: FALLBACK_LIMIT, escape }),
    blocks: [
      {
        type: "header",
        text: { type: "plain_text", text: cutEnd(headline, { limit: HEADER_LIMIT, escape }), emoji: true },
      },
      ...section(`${title}${lasted}${problem.detail}`),
      ...section(next),
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

function prefixOf({ event, problem }: AlertMessage): string {
  const colour = problem.severity === "critical" ? "🔴" : "🟠";
  switch (event) {
    case "firing":
      return `${colour} `;
    case "repeated":
      return `${colour} Still: `;
    case "resolved":
      return "🟢 Resolved: ";
    case "test":
      return "🔵 Test: ";
  }
}

/** The three characters that Slack's markup is made of. */
function escape(character: string): string {
  return ESCAPES[character] ?? character;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function when(instant: Instant): string {
  return `${toIso(instant).slice(0, 16).replace("T", " ")} UTC`;
}
