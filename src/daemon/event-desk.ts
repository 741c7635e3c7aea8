/** What becomes of events: each is a line in the log, and what nobody would notice otherwise is told to the channels. */
import type { StackNotes } from "../app/stack-notes.ts";
import { formatCount } from "../domain/human-text.ts";
import type { StackEvent } from "../domain/stack-event.ts";
import type { Logger } from "../observability/logger.ts";
import type { RunObserver } from "../ports/run-observer.ts";

export class EventDesk {
  readonly #logger: Logger;
  #notes: Pick<StackNotes, "add"> | undefined;
  /** From before the channels were known. */
  #early: StackEvent[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** From now on, and of what has happened before, the channels are told. */
  open(notes: Pick<StackNotes, "add">): void {
    this.#notes = notes;
    for (const event of this.#early.splice(0)) this.#note(event);
  }

  tell(event: StackEvent): void {
    this.#logger.warn(event.text, event.job === undefined ? {} : { job: event.job });
    this.#note(event);
  }

  /** Their line in the log is the run's. */
  readonly observer: RunObserver = {
    leftoversRemoved: ({ job, store, objects }) =>
      this.#note({
        kind: "cleaned",
        job,
        text: `Removed what a killed run of job ${job} had left in ${store}: ${formatCount(objects, "object")}.`,
      }),
  };

  #note(event: StackEvent): void {
    if (this.#notes === undefined) {
      this.#early.push(event);
      return;
    }
    try {
      this.#notes.add(event);
    } catch (error) {
      this.#logger.failure(error);
    }
  }
}
