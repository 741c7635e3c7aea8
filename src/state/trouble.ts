/** Whether the state directory works, and saying so once when that changes. */
import { hasCode, messageOf } from "../domain/errors.ts";

export class Trouble {
  readonly #onEvent: (message: string) => void;
  #message: string | undefined;

  /** `onEvent` is told when trouble begins and when it is over. Must not throw. */
  constructor(onEvent: (message: string) => void) {
    this.#onEvent = onEvent;
  }

  /** Why the last attempt failed; undefined while there is no trouble. */
  get message(): string | undefined {
    return this.#message;
  }

  note(error: unknown): void {
    if (this.#message === undefined) {
      this.#onEvent(`${messageOf(error)} Until it works again, history and alerts are kept in memory.`);
    }
    this.#message = messageOf(error);
  }

  over(): void {
    if (this.#message !== undefined) this.#onEvent("The state can be written again.");
    this.#message = undefined;
  }

  /** What the work gives; when it throws, that is noted and the other value given. A defect of ours is no trouble of the disk: it is thrown. */
  either<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      if (hasCode(error, "internal")) throw error;
      this.note(error);
      return otherwise;
    }
  }
}
