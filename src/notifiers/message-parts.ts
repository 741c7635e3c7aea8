/** What every channel that people read says of a message, as plain text: each escapes, cuts and lays it out as its service wants. */
import type { AlertMessage } from "../domain/alerts.ts";
import { formatDuration } from "../domain/human-text.ts";
import { toIso, type Instant } from "../domain/instant.ts";

export interface MessageParts {
  /** One line: what, with a mark of how bad it is. */
  headline: string;
  body: string;
  /** Empty where nothing is to be done. */
  next: string;
  /** Where it is from and since when, for small print. */
  about: string[];
}

export function partsOf(message: AlertMessage): MessageParts {
  const { problem, event, stack, since, id } = message;
  const isOver = event === "resolved";
  const lasted = isOver ? `It is over after ${formatDuration(message.at - since)}. It was: ` : "";
  return {
    headline: line(`${prefixOf(message)}${problem.title}`),
    body: readable(`${lasted}${problem.detail}`),
    next: isOver ? "" : readable(problem.next),
    about: (event === "digest" || event === "note"
      ? [`stack ${stack}`, `${event} of ${when(message.at)}`]
      : [`stack ${stack}`, problem.severity, `since ${when(since)}`, `alert ${id}`]
    ).map(line),
  };
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
    case "summary":
    case "digest":
      return problem.next === "" ? "🟢 " : `${colour} `;
    case "test":
      return "🔵 Test: ";
    case "note":
      return "🔵 ";
  }
}

/** Without characters that no screen shows and halves of characters; some receivers refuse them. */
function readable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is meant
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, " ");
}

function line(text: string): string {
  return readable(text).replace(/\s+/g, " ");
}

function when(instant: Instant): string {
  return `${toIso(instant).slice(0, 16).replace("T", " ")} UTC`;
}
