import type { AlertMessage } from "./alerts.ts";
import type { Instant } from "./instant.ts";

/** What `notify test` sends: told from a real alert by its event, whatever a receiver makes of the rest. */
export function testMessage(about: { stack: string; id: string; at: Instant }): AlertMessage {
  return {
    ...about,
    event: "test",
    since: about.at,
    problem: {
      condition: "stale",
      severity: "warning",
      title: `Alerts of ${about.stack} arrive here`,
      detail: "Somebody is trying this channel out. Nothing is wrong.",
      next: "Nothing is to be done.",
    },
  };
}
