/**
 * A message as an Adaptive Card, as a workflow of Teams takes it ("When a Teams webhook request is received"; connectors and
 * their message cards are retired). Texts are runs of a RichTextBlock, which knows no Markdown: nothing needs to be escaped.
 * Teams takes 28 KB of JSON.
 */
import type { AlertEvent, AlertMessage } from "../../domain/alerts.ts";
import { bytesOf, cutEnd, cutMiddle } from "../cut-text.ts";
import { partsOf } from "../message-parts.ts";

/** In bytes of UTF-8; JSON at most doubles them, and writes of the card around each line are counted below. */
const HEADLINE_LIMIT = 500;
const BODY_LIMIT = 6000;
const NEXT_LIMIT = 1500;
const ABOUT_LIMIT = 600;
/** Each is a block of its own of some 80 bytes. */
const MOST_LINES = 60;

interface TextRun {
  type: "TextRun";
  text: string;
  weight?: "Bolder";
  size?: "Large" | "Small";
  color?: "Attention" | "Warning" | "Good" | "Accent";
  isSubtle?: boolean;
}

interface RichText {
  type: "RichTextBlock";
  inlines: TextRun[];
}

export interface TeamsPayload {
  type: "message";
  attachments: [
    {
      contentType: "application/vnd.microsoft.card.adaptive";
      contentUrl: null;
      content: {
        $schema: string;
        type: "AdaptiveCard";
        version: "1.4";
        msteams: { width: "Full" };
        body: RichText[];
      };
    },
  ];
}

export function teamsPayload(message: AlertMessage): TeamsPayload {
  const { headline, body, next, about } = partsOf(message);
  const title: TextRun = { ...run(headline, HEADLINE_LIMIT), weight: "Bolder", size: "Large" };
  const blocks = [
    block({ ...title, color: colourOf(message) }),
    ...linesOf(cut(body, BODY_LIMIT)).map((line) => block(run(line, BODY_LIMIT))),
    ...(next.trim() === ""
      ? []
      : [block({ ...run("Next: ", NEXT_LIMIT), weight: "Bolder" }, run(next, NEXT_LIMIT))]),
    block({ ...run(about.join(" · "), ABOUT_LIMIT), size: "Small", isSubtle: true }),
  ];
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: blocks,
        },
      },
    ],
  };
}

function block(...inlines: TextRun[]): RichText {
  return { type: "RichTextBlock", inlines };
}

function run(text: string, limit: number): TextRun {
  return { type: "TextRun", text: cutEnd(text, { limit, sizeOf: bytesOf }) };
}

function cut(text: string, limit: number): string {
  return cutMiddle(text, { limit, sizeOf: bytesOf });
}

function linesOf(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const fewer = [...lines.slice(0, MOST_LINES / 2), "…", ...lines.slice(-MOST_LINES / 2)];
  return lines.length <= MOST_LINES ? lines : fewer;
}

const COLOURS: Readonly<Partial<Record<AlertEvent, TextRun["color"]>>> = {
  resolved: "Good",
  test: "Accent",
  digest: "Accent",
  note: "Accent",
};

function colourOf({ event, problem }: AlertMessage): NonNullable<TextRun["color"]> {
  return COLOURS[event] ?? (problem.severity === "critical" ? "Attention" : "Warning");
}
