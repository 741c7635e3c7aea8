/** Alerts to a Discord channel through a webhook of it. */
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { discordPayload } from "./payload.ts";

export function createDiscordNotifier(
  name: string,
  { url }: { url: string },
  { clock }: { clock: Clock },
): Notifier {
  return {
    name,
    kind: "discord",
    async send(message, { signal }) {
      const body = JSON.stringify(discordPayload(message));
      await postJson({ what: `Notifying channel ${name}`, url, body, clock, signal });
    },
  };
}
