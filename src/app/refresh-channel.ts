/** Tells a channel that forgets what is not told again, as Alertmanager does, what goes on. */
import type { ActiveAlert, AlertMessage } from "../domain/alerts.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";

const REFRESH_EVERY: Milliseconds = MINUTE;

export interface RefreshOptions {
  notifier: Notifier;
  stack: string;
  clock: Clock;
  /** What is firing now, of what the channel is told. */
  active: () => readonly ActiveAlert[];
  /** The next minute tries again. Must not throw. */
  onTrouble: (error: unknown) => void;
}

/** Until the signal fires; then resolves. */
export async function refreshChannel(options: RefreshOptions, signal: AbortSignal): Promise<void> {
  const { notifier, stack, clock, active, onTrouble } = options;
  while (!signal.aborted) {
    try {
      const firing = active().map((alert) => messageOf(alert, stack, clock.now()));
      if (firing.length > 0) await notifier.refresh?.(firing, { signal });
    } catch (error) {
      if (!signal.aborted) onTrouble(error);
    }
    await clock.sleep(REFRESH_EVERY, { signal }).catch(() => undefined);
  }
}

function messageOf({ id, problem, since }: ActiveAlert, stack: string, at: number): AlertMessage {
  return { id, event: "repeated", stack, problem, since, at };
}
