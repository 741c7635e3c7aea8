/** Alerts to an Alertmanager, which routes, groups and silences them as those of Prometheus. */
import type { AlertMessage } from "../../domain/alerts.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { postJson } from "../post-json.ts";
import { alertmanagerAlert } from "./payload.ts";

export interface AlertmanagerTarget {
  url: string;
  token?: string | undefined;
  labels: Readonly<Record<string, string>>;
}

export function createAlertmanagerNotifier(
  name: string,
  { url, token, labels }: AlertmanagerTarget,
  { clock }: { clock: Clock },
): Notifier {
  const base = url.replace(/\/+$/, "");
  const post = async (messages: readonly AlertMessage[], signal: AbortSignal) =>
    void (await postJson({
      ...{ what: `Notifying channel ${name}`, clock, signal, url: `${base}/api/v2/alerts` },
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` }, secrets: [token] }),
      body: JSON.stringify(
        messages.map((message) => alertmanagerAlert(message, { labels, now: clock.now() })),
      ),
      settings: "`url` and `token`",
    }));
  return {
    name,
    kind: "alertmanager",
    isMachine: true,
    send: (message, { signal }) => post([message], signal),
    refresh: (firing, { signal }) => post(firing, signal),
  };
}
