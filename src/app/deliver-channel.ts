/** One channel's deliveries, independent of every other channel's. At least once: a kill between sending and noting it repeats one. */
import { summaryOf } from "../domain/alert-summary.ts";
import type { AlertMessage } from "../domain/alerts.ts";
import { recentOf, roomNow, type ChannelRules } from "../domain/channel-rules.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { MINUTE, type Instant, type Milliseconds } from "../domain/instant.ts";
import { minuteOfDay } from "../domain/zoned-calendar.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { AlertState, ChannelNotes, PendingDelivery } from "../ports/state.ts";
import { noteFailure, noteSuccess } from "./channel-health.ts";
import { channelPause, isDue, isGivenUp, retryDelay, sift } from "./delivery-queue.ts";
import { nextToSend } from "./sending-plan.ts";

export interface DeliveryOutcome {
  channel: string;
  /**
   * `failed` is tried again; `given-up` is not; `superseded`: a later message of the same alert says all; `removed`: its channel
   * is configured no more.
   */
  outcome: "delivered" | "failed" | "given-up" | "superseded" | "removed";
  message: AlertMessage;
  /** Of `failed` and `given-up`. */
  error?: unknown;
}

export interface ChannelOptions {
  state: AlertState;
  notes: ChannelNotes;
  notifier: Notifier;
  rules: ChannelRules;
  /** IANA zone of the quiet hours. */
  timezone: string;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  /** Told of everything that becomes of a message, for the log and the metrics. Must not throw. */
  onOutcome: (outcome: DeliveryOutcome) => void;
}

/** The state is looked at this often even when nothing seems due: clocks jump. */
const LONGEST_WAIT: Milliseconds = MINUTE;
/** When a channel with a limit was sent something, in the notes. */
const SENT = "sent";

type Group = readonly PendingDelivery[];

export class ChannelDelivery {
  readonly #options: ChannelOptions;
  /** Sent, but the state could not be told yet (its disk is full): must not be sent again. */
  readonly #sent = new Set<number>();
  /** On the monotonic clock. */
  #pausedUntil = 0;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** Sends what is due, one after the other, and stops at the first sign that the receiver is in trouble. */
  async deliverDue(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted && clock.monotonic() >= this.#pausedUntil) {
      const next = this.#next(this.#waiting());
      if (next === undefined) return;
      await this.#deliver(next, signal);
    }
  }

  /** How long until `deliverDue` may find something to do. */
  wait(): Milliseconds {
    const { clock } = this.#options;
    const now = clock.now();
    const waiting = this.#waiting();
    // What is due and may not be sent yet waits for an hour of the day, or for room: that is looked at each minute.
    const later = waiting.filter((delivery) => !isDue(delivery, now)).map(({ notBefore }) => notBefore - now);
    const untilNext = this.#next(waiting) === undefined ? Math.min(LONGEST_WAIT, ...later) : 0;
    const pause = this.#pausedUntil - clock.monotonic();
    return Math.min(LONGEST_WAIT, Math.max(pause, untilNext));
  }

  #waiting(): PendingDelivery[] {
    const { state, notifier } = this.#options;
    const { worthSending, superseded } = sift(state.queued(notifier.name));
    for (const delivery of superseded) this.#drop(delivery, { outcome: "superseded" });
    return worthSending;
  }

  #next(waiting: readonly PendingDelivery[]): Group | undefined {
    const { notifier, rules, timezone, clock } = this.#options;
    const now = clock.now();
    const settled = waiting.find(({ id }) => this.#sent.has(id));
    if (settled !== undefined) return [settled];
    return nextToSend(
      waiting.filter((delivery) => isDue(delivery, now)),
      {
        ...{ rules, now, isMachine: notifier.isMachine === true },
        minuteAt: (instant) => minuteOfDay(timezone, instant),
        room: rules.maxPerHour === undefined ? Infinity : roomNow(rules, this.#sentAt(), now),
      },
    );
  }

  async #deliver(group: Group, signal: AbortSignal): Promise<void> {
    const { notifier, state, notes, clock } = this.#options;
    const messages = group.filter(({ id }) => !this.#sent.has(id)).map(({ message }) => message);
    if (messages.length > 0) {
      try {
        await notifier.send(asOne(messages), { signal });
      } catch (error) {
        if (!signal.aborted) this.#failed(group, error);
        return;
      }
      for (const delivery of group) {
        this.#sent.add(delivery.id);
        this.#tell(delivery, { outcome: "delivered" });
      }
      this.#countSent(clock.now());
      noteSuccess(notes, notifier.name);
    }
    for (const { id } of group) {
      state.delivered(id);
      this.#sent.delete(id);
    }
  }

  #failed(group: Group, error: unknown): void {
    const { state, notes, notifier, clock, random } = this.#options;
    // What a notifier did not foresee may pass; what it calls permanent will not.
    const permanent = error instanceof HoldfastError && !error.transient;
    const retryAfter = error instanceof HoldfastError ? error.facts.retryAfter : undefined;
    if (!permanent) this.#pausedUntil = clock.monotonic() + channelPause(retryAfter);
    const lost = group.filter((delivery) => permanent || isGivenUp(delivery, clock.now()));
    for (const delivery of lost) this.#drop(delivery, { outcome: "given-up", error });
    for (const delivery of group.filter((each) => !lost.includes(each))) {
      this.#tell(delivery, { outcome: "failed", error });
      state.postpone(delivery.id, clock.now() + retryDelay(delivery.attempts, retryAfter, random()));
    }
    noteFailure(notes, notifier.name, { error: messageOf(error), lost: lost.length > 0, now: clock.now() });
  }

  #sentAt(): number[] {
    const { notes, notifier } = this.#options;
    return JSON.parse(notes.get(notifier.name, SENT) ?? "[]") as number[];
  }

  #countSent(now: Instant): void {
    const { notes, notifier, rules } = this.#options;
    if (rules.maxPerHour === undefined) return;
    const value = JSON.stringify([...recentOf(this.#sentAt(), now), now]);
    notes.set({ channel: notifier.name, name: SENT, value, at: now });
  }

  #drop(delivery: PendingDelivery, why: Pick<DeliveryOutcome, "outcome" | "error">): void {
    this.#options.state.drop(delivery.id);
    this.#tell(delivery, why);
  }

  #tell({ message }: PendingDelivery, outcome: Pick<DeliveryOutcome, "outcome" | "error">): void {
    this.#options.onOutcome({ channel: this.#options.notifier.name, message, ...outcome });
  }
}

function asOne(messages: readonly AlertMessage[]): AlertMessage {
  const [only] = messages;
  return messages.length === 1 && only !== undefined ? only : summaryOf(messages);
}
