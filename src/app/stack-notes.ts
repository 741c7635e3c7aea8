/**
 * Tells the channels what no alert says, because it is over: what was cleaned after a process was killed, and services that were held for
 * too long. It is queued as alerts are, so that it survives a restart and is told once.
 */
import { noteOf } from "../domain/alert-note.ts";
import { SECOND, type Instant, type Milliseconds } from "../domain/instant.ts";
import { inForce, isSilenced } from "../domain/silence.ts";
import type { StackEvent } from "../domain/stack-event.ts";
import type { Clock } from "../ports/clock.ts";
import type { AlertState, Silences } from "../ports/state.ts";
import type { AlertChannel } from "./alerting.ts";

/** What happens together, as at a start, is told together. */
const GATHERED_FOR: Milliseconds = 5 * SECOND;
/** Of a channel: a sidecar that is killed again and again must not fill the state. The log has them all. */
const MOST_WAITING = 100;

export interface StackNotesOptions {
  state: AlertState;
  silences: Pick<Silences, "all">;
  stack: string;
  channels: readonly AlertChannel[];
  clock: Clock;
  /** Makes an id that no other note has. */
  newId: () => string;
  /** Told when something was queued. */
  onQueued: () => void;
}

export class StackNotes {
  readonly #options: StackNotesOptions;
  #gatheredUntil: Instant = -Infinity;

  constructor(options: StackNotesOptions) {
    this.#options = options;
  }

  /** On disk when it returns; throws where the state cannot be written. */
  add(event: StackEvent): void {
    const { state, silences, stack, channels, clock, newId, onQueued } = this.#options;
    const at = clock.now();
    const message = noteOf(event, { id: `note-${newId()}`, stack, at });
    if (message === undefined || isSilenced(message.problem, inForce(silences.all(), at))) return;
    const told = channels.filter(({ name, takes }) => takes(message) && this.#hasRoom(name));
    if (told.length === 0) return;
    const notBefore = this.#dueOf(at);
    state.commit({
      active: state.active(),
      deliveries: told.map(({ name }) => ({ channel: name, message, notBefore })),
    });
    onQueued();
  }

  /** When the ones of this moment are told. A clock that was set back must not put it off. */
  #dueOf(at: Instant): Instant {
    const isOpen = at <= this.#gatheredUntil && at > this.#gatheredUntil - GATHERED_FOR;
    if (!isOpen) this.#gatheredUntil = at + GATHERED_FOR;
    return this.#gatheredUntil;
  }

  #hasRoom(channel: string): boolean {
    const waiting = this.#options.state.queued(channel).filter(({ message }) => message.event === "note");
    return waiting.length < MOST_WAITING;
  }
}
