/**
 * A message as a mail with text and HTML. The mails of one alert are one thread: the first has a Message-ID made of the alert,
 * which the others refer to. The same message has the same Message-ID whenever it is sent, so that mail programs show it once.
 */
import type { AlertEvent, AlertMessage } from "../../domain/alerts.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";
import { escapeMarkup } from "../escape.ts";
import { partsOf, type MessageParts } from "../message-parts.ts";

/** Ours: what a list of mails shows, and what somebody reads. Mail itself has room for megabytes. */
const SUBJECT_LIMIT = 200;
const PART_LIMIT = 50_000;

export interface Addresses {
  from: string;
  to: readonly string[];
}

export async function buildMail(message: AlertMessage, { from, to }: Addresses): Promise<Buffer> {
  const whole = partsOf(message);
  const parts = {
    ...whole,
    body: cutMiddle(whole.body.trim(), { limit: PART_LIMIT }),
    next: cutMiddle(whole.next.trim(), { limit: PART_LIMIT }),
  };
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const composer = new MailComposer({
    from: { name: "Holdfast", address: from },
    to: [...to],
    subject: cutEnd(`${parts.headline} (stack ${message.stack})`.replace(/\s+/g, " "), {
      limit: SUBJECT_LIMIT,
    }),
    date: new Date(message.at),
    ...threadOf(message, from),
    // Out-of-office programs must not answer (RFC 3834).
    headers: { "Auto-Submitted": "auto-generated" },
    text: { content: textOf(parts), ...ENCODED },
    html: { content: htmlOf(parts), ...ENCODED },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** Whatever is in it, no line is longer than servers take. */
const ENCODED = { contentTransferEncoding: "quoted-printable" };

const BEGINNINGS: readonly AlertEvent[] = ["firing", "test", "digest", "note"];

function threadOf({ id, event, at }: AlertMessage, from: string) {
  const domain = from.slice(from.lastIndexOf("@") + 1);
  const name = id.replace(/[^A-Za-z0-9-]/g, "-");
  const first = `<holdfast.${name}@${domain}>`;
  if (BEGINNINGS.includes(event)) return { messageId: first };
  return { messageId: `<holdfast.${name}.${event}.${at}@${domain}>`, inReplyTo: first, references: first };
}

function textOf({ headline, body, next, about }: MessageParts): string {
  const parts = [headline, body, next === "" ? "" : `Next: ${next}`, `-- \n${about.join("\n")}`];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function htmlOf({ headline, body, next, about }: MessageParts): string {
  return [
    '<!doctype html><html><body style="font-family:sans-serif">',
    `<h2>${html(headline)}</h2>`,
    body === "" ? "" : `<p>${html(body)}</p>`,
    next === "" ? "" : `<p><b>Next:</b> ${html(next)}</p>`,
    `<p style="color:#666;font-size:small">${html(about.join(" · "))}</p>`,
    "</body></html>",
  ].join("\n");
}

function html(text: string): string {
  const escaped = Array.from(text).map(escapeMarkup).join("");
  return escaped.replace(/`([^`\n]+)`/g, "<code>$1</code>").replaceAll("\n", "<br>");
}
