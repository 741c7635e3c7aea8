/** A Notifier that keeps what it was sent, and fails when and how it is told to. */
import type { AlertMessage } from "../../src/domain/alerts.ts";
import { HoldfastError } from "../../src/domain/errors.ts";
import type { Notifier } from "../../src/ports/notifier.ts";

export class RecordingNotifier implements Notifier {
  readonly name: string;
  readonly kind = "recording";
  readonly accepted: AlertMessage[] = [];
  /** Every attempt, accepted or not. */
  readonly attempts: AlertMessage[] = [];
  /** Asked before each attempt: an error to throw, or a promise to wait for first. */
  behave: (message: AlertMessage, signal: AbortSignal) => Error | Promise<void> | undefined = () => undefined;

  constructor(name = "recording") {
    this.name = name;
  }

  async send(message: AlertMessage, { signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    this.attempts.push(message);
    const behaviour = this.behave(message, signal);
    if (behaviour instanceof Error) throw behaviour;
    await behaviour;
    this.accepted.push(message);
  }

  /** `firing alert-1`, … in the order they were accepted. */
  get told(): string[] {
    return this.accepted.map(({ event, id }) => `${event} ${id}`);
  }
}

export function notifierError(transient: boolean, retryAfter?: number): HoldfastError {
  const facts = { what: "Notifying recording", why: "it is told to fail", transient };
  return new HoldfastError("notifier", retryAfter === undefined ? facts : { ...facts, retryAfter });
}
