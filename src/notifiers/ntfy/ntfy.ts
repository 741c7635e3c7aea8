/** Alerts to a topic of an ntfy server. */
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { ntfyPayload } from "./payload.ts";

export interface NtfyTarget {
  /** Of the server. */
  url: string;
  topic: string;
  token?: string | undefined;
  tags: readonly string[];
}

export function createNtfyNotifier(
  name: string,
  { url, topic, token, tags }: NtfyTarget,
  { clock }: { clock: Clock },
): Notifier {
  const secrets = token === undefined ? [topic] : [topic, token];
  return {
    name,
    kind: "ntfy",
    async send(message, { signal }) {
      await postJson({
        ...{ what: `Notifying channel ${name}`, url, secrets, clock, signal },
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        body: JSON.stringify(ntfyPayload(message, { topic, tags })),
        settings: "`url`, `topic` and `token`",
      });
    },
  };
}
