/**
 * Alerts to a Slack channel by a bot: what is told of an alert after its beginning is an answer in its thread, and its end is
 * shown in the channel, too.
 */
import type { AlertMessage } from "../../domain/alerts.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import type { ChannelNotes } from "../../ports/state.ts";
import { postJson } from "../post-json.ts";
import { slackPayload } from "./payload.ts";

export interface SlackBotTarget {
  token: string;
  /** Id or name of the channel in Slack. */
  channel: string;
  /** Address of the Web API, where it is another. */
  api?: string | undefined;
}

export function createSlackBotNotifier(
  name: string,
  { token, channel, api = "https://slack.com/api" }: SlackBotTarget,
  { clock, notes }: { clock: Clock; notes: ChannelNotes },
): Notifier {
  const what = `Notifying channel ${name}`;
  return {
    name,
    kind: "slack",
    async send(message, { signal }) {
      const thread = notes.get(name, noteOf(message));
      const isOver = message.event === "resolved";
      const answer = await postJson({
        ...{ what, clock, signal, secrets: [token], reads: true, settings: "`token` and `channel`" },
        url: `${api.replace(/\/+$/, "")}/chat.postMessage`,
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({
          channel,
          ...slackPayload(message),
          ...(thread === undefined ? {} : { thread_ts: thread, reply_broadcast: isOver }),
          unfurl_links: false,
        }),
      });
      const posted = read(answer, what);
      if (isOver) notes.remove(name, noteOf(message));
      else if (thread === undefined && posted !== undefined && isOfOneAlert(message))
        notes.set({ channel: name, name: noteOf(message), value: posted, at: clock.now() });
    },
  };
}

function isOfOneAlert({ event }: AlertMessage): boolean {
  return event === "firing" || event === "repeated";
}

function noteOf({ id }: AlertMessage): string {
  return `thread ${id}`;
}

/** The `ts` of what was posted. Slack answers 200 also to what it refuses: https://docs.slack.dev/reference/methods/chat.postMessage#errors. */
function read(answer: string, what: string): string | undefined {
  if (/"ok"\s*:\s*true/.test(answer)) return /"ts"\s*:\s*"([\d.]+)"/.exec(answer)?.[1];
  const error = /"error"\s*:\s*"([a-z_]+)"/.exec(answer)?.[1] ?? "nothing that can be read";
  if (PASSING.has(error))
    throw new HoldfastError("notifier", { what, why: `Slack answered ${error}`, transient: true });
  throw new HoldfastError("notifier", {
    ...{ what, why: `Slack answered ${error}`, transient: false },
    next: ABOUT_CHANNEL.has(error)
      ? "check the channel's `channel`, and invite the bot to it"
      : "check the channel's `token`: it needs the scope chat:write",
  });
}

const PASSING = new Set([
  "ratelimited",
  "rate_limited",
  "message_limit_exceeded",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
]);
const ABOUT_CHANNEL = new Set(["channel_not_found", "not_in_channel", "is_archived"]);
