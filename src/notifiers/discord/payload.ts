/**
 * A message as one embed, within the limits that Discord publishes
 * (https://discord.com/developers/docs/resources/message#embed-object-embed-limits); all texts together stay below 6000.
 */
import type { AlertEvent, AlertMessage } from "../../domain/alerts.ts";
import { toIso } from "../../domain/instant.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";
import { bareInCode, escapeMarkdown } from "../escape.ts";
import { partsOf } from "../message-parts.ts";

const TITLE_LIMIT = 256;
/** Discord takes 4096 here, but no more than 6000 of everything. */
const DESCRIPTION_LIMIT = 3800;
const FIELD_LIMIT = 1024;
/** Discord takes 2048. */
const FOOTER_LIMIT = 400;

export interface DiscordPayload {
  embeds: [
    {
      title: string;
      description?: string;
      color: number;
      fields: { name: string; value: string }[];
      footer: { text: string };
      timestamp: string;
    },
  ];
  /** Nothing in a message can call anybody. */
  allowed_mentions: { parse: [] };
}

export function discordPayload(message: AlertMessage): DiscordPayload {
  const { headline, body, next, about } = partsOf(message);
  const description = markdown(body, DESCRIPTION_LIMIT);
  const step = markdown(next, FIELD_LIMIT);
  return {
    embeds: [
      {
        title: cutEnd(headline, { limit: TITLE_LIMIT, escape: escapeMarkdown }),
        ...(description === "" ? {} : { description }),
        color: colourOf(message),
        // Discord refuses an empty one.
        fields: step === "" ? [] : [{ name: "Next", value: step }],
        footer: { text: cutEnd(about.join(" · "), { limit: FOOTER_LIMIT }) },
        timestamp: toIso(message.at),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

function markdown(text: string, limit: number): string {
  return bareInCode(cutMiddle(text.trim(), { limit, escape: escapeMarkdown }));
}

const COLOURS: Readonly<Partial<Record<AlertEvent, number>>> = {
  resolved: 0x2eb67d,
  test: 0x36c5f0,
  digest: 0x36c5f0,
  note: 0x36c5f0,
};

function colourOf({ event, problem }: AlertMessage): number {
  return COLOURS[event] ?? (problem.severity === "critical" ? 0xe01e5a : 0xecb22e);
}
