/** Alerts as incidents of PagerDuty. */
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { pagerdutyEvent, type PagerdutyEvent } from "./payload.ts";

export interface PagerdutyTarget {
  routingKey: string;
  url: string;
}

export function createPagerdutyNotifier(
  name: string,
  { routingKey, url }: PagerdutyTarget,
  { clock }: { clock: Clock },
): Notifier {
  return {
    name,
    kind: "pagerduty",
    isMachine: true,
    async send(message, { signal }) {
      const enqueue = async (action: PagerdutyEvent["event_action"]) =>
        void (await postJson({
          ...{ what: `Notifying channel ${name}`, url, secrets: [routingKey], clock, signal },
          body: JSON.stringify(pagerdutyEvent(message, routingKey, action)),
          settings: "`routingKey` and `url`",
        }));
      await enqueue(message.event === "resolved" ? "resolve" : "trigger");
      // A trial must not leave an incident open.
      if (message.event === "test") await enqueue("resolve");
    },
  };
}
