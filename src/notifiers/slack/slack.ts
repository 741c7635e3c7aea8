/** Alerts to a Slack channel through an incoming webhook. */
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { slackPayload } from "./payload.ts";

export function createSlackNotifier(
  name: string,
  { url }: { url: string },
  { clock }: { clock: Clock },
): Notifier {
  return {
    name,
    kind: "slack",
    async send(message, { signal }) {
      const body = JSON.stringify(slackPayload(message));
      await postJson({ what: `Notifying channel ${name}`, url, body, clock, signal });
    },
  };
}
