import type { AlertMessage } from "../domain/alerts.ts";

/**
 * Delivers one message to one channel. Resolves when the receiver has accepted it. Throws a HoldfastError with code
 * `notifier`, `transient` set when a later attempt may succeed (no answer, 408, 429, 5xx) and not when it cannot
 * (a 4xx: wrong address, revoked token). Never puts the address or a token into the error. Never alters the message's
 * meaning to fit a limit: the important part stays, the rest is cut and marked.
 */
export interface Notifier {
  readonly name: string;
  readonly kind: string;
  /** A program that follows each alert by its id: it is told each message by itself, and no summary or digest unasked. */
  readonly isMachine?: boolean;
  send(message: AlertMessage, options: { signal: AbortSignal }): Promise<void>;
  /** Where a receiver forgets what is not told again: says that these go on. Called each minute while there are any; throws as `send`. */
  refresh?(firing: readonly AlertMessage[], options: { signal: AbortSignal }): Promise<void>;
}
