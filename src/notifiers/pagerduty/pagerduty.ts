/** Alerts as incidents of PagerDuty. */
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { pagerdutyChange, pagerdutyEvent, type PagerdutyChange, type PagerdutyEvent } from "./payload.ts";

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
      const post = async (to: string, body: PagerdutyEvent | PagerdutyChange) =>
        void (await postJson({
          ...{ what: `Notifying channel ${name}`, url: to, secrets: [routingKey], clock, signal },
          body: JSON.stringify(body),
          settings: "`routingKey` and `url`",
        }));
      if (message.event === "note") return post(changesAt(url), pagerdutyChange(message, routingKey));
      const enqueue = (action: PagerdutyEvent["event_action"]) =>
        post(url, pagerdutyEvent(message, routingKey, action));
      await enqueue(message.event === "resolved" ? "resolve" : "trigger");
      // A trial must not leave an incident open.
      if (message.event === "test") await enqueue("resolve");
    },
  };
}

/** Where the service takes changes, beside where it takes alerts. */
function changesAt(url: string): string {
  return url.replace(/\/v2\/enqueue$/, "/v2/change/enqueue");
}
