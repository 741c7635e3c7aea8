/** Alerts to a Microsoft Teams through a workflow that takes requests. */
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { teamsPayload } from "./payload.ts";

export function createTeamsNotifier(
  name: string,
  { url }: { url: string },
  { clock }: { clock: Clock },
): Notifier {
  return {
    name,
    kind: "teams",
    async send(message, { signal }) {
      const body = JSON.stringify(teamsPayload(message));
      await postJson({ what: `Notifying channel ${name}`, url, body, clock, signal });
    },
  };
}
