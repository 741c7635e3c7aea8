/** A decorator over the Notifier port: what tools and servers said, and errors with it, goes to no channel with a secret in it. */
import type { AlertMessage } from "../domain/alerts.ts";
import type { Notifier } from "../ports/notifier.ts";

/** `hide` masks every known secret in a text. */
export function withoutSecrets(notifier: Notifier, hide: (text: string) => string): Notifier {
  const hidden = (message: AlertMessage): AlertMessage => {
    const { title, detail, next } = message.problem;
    return {
      ...message,
      problem: { ...message.problem, title: hide(title), detail: hide(detail), next: hide(next) },
    };
  };
  const refresh = notifier.refresh?.bind(notifier);
  return {
    name: notifier.name,
    kind: notifier.kind,
    ...(notifier.isMachine === undefined ? {} : { isMachine: notifier.isMachine }),
    send: (message, options) => notifier.send(hidden(message), options),
    ...(refresh === undefined ? {} : { refresh: (firing, options) => refresh(firing.map(hidden), options) }),
  };
}
