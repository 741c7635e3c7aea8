/** Alerts to an application of a Gotify server (https://gotify.net/api-docs#/message/createMessage). */
import type { AlertMessage } from "../../domain/alerts.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { cutEnd, cutMiddle } from "../cut-text.ts";
import { partsOf } from "../message-parts.ts";
import { postJson } from "../post-json.ts";

/** Ours, for Gotify publishes none: what a telephone can show. */
const TITLE_LIMIT = 250;
const BODY_LIMIT = 8000;

export interface GotifyTarget {
  /** Of the server. */
  url: string;
  token: string;
}

export function createGotifyNotifier(
  name: string,
  { url, token }: GotifyTarget,
  { clock }: { clock: Clock },
): Notifier {
  return {
    name,
    kind: "gotify",
    async send(message, { signal }) {
      await postJson({
        ...{ what: `Notifying channel ${name}`, secrets: [token], clock, signal },
        url: `${url.replace(/\/+$/, "")}/message`,
        // Not in the address, where logs of servers keep it.
        headers: { "x-gotify-key": token },
        body: JSON.stringify(payload(message)),
        settings: "`url` and `token`",
      });
    },
  };
}

function payload(message: AlertMessage) {
  const { headline, body, next, about } = partsOf(message);
  const parts = [body, next === "" ? "" : `Next: ${next}`].map((text) =>
    cutMiddle(text.trim(), { limit: BODY_LIMIT }),
  );
  return {
    title: cutEnd(headline, { limit: TITLE_LIMIT }),
    message: [...parts.filter((part) => part !== ""), about.join(" · ")].join("\n\n"),
    priority: priorityOf(message),
    extras: { "client::display": { contentType: "text/plain" } },
  };
}

/** From 8 on a telephone makes noise, from 4 on it shows it. */
function priorityOf({ event, problem }: AlertMessage): number {
  if (event !== "firing" && event !== "repeated") return 4;
  return problem.severity === "critical" ? 8 : 5;
}
