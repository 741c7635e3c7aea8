/** One channel's deliveries, independent of every other channel's. At least once: a kill between sending and noting it repeats one. */
import type { AlertMessage } from "../domain/alerts.ts";
import { HoldfastError } from "../domain/errors.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { AlertState, PendingDelivery } from "../ports/state.ts";
import { channelPause, isDue, isGivenUp, retryDelay, sift } from "./delivery-queue.ts";

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
  notifier: Notifier;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  /** Told of everything that becomes of a message, for the log and the metrics. Must not throw. */
  onOutcome: (outcome: DeliveryOutcome) => void;
}

/** The state is looked at this often even when nothing seems due: clocks jump. */
const LONGEST_WAIT: Milliseconds = MINUTE;

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
      const next = this.#waiting().find((delivery) => isDue(delivery, clock.now()));
      if (next === undefined) return;
      await this.#deliver(next, signal);
    }
  }

  /** How long until `deliverDue` may find something to do. */
  wait(): Milliseconds {
    const { clock } = this.#options;
    const now = clock.now();
    const untilDue = this.#waiting().map((delivery) => (isDue(delivery, now) ? 0 : delivery.notBefore - now));
    const pause = this.#pausedUntil - clock.monotonic();
    return Math.min(LONGEST_WAIT, Math.max(pause, Math.min(LONGEST_WAIT, ...untilDue)));
  }

  #waiting(): PendingDelivery[] {
    const { state, notifier } = this.#options;
    const { worthSending, superseded } = sift(state.queued(notifier.name));
    for (const delivery of superseded) this.#drop(delivery, { outcome: "superseded" });
    return worthSending;
  }

  async #deliver(delivery: PendingDelivery, signal: AbortSignal): Promise<void> {
    if (!this.#sent.has(delivery.id)) {
      try {
        await this.#options.notifier.send(delivery.message, { signal });
      } catch (error) {
        if (!signal.aborted) this.#failed(delivery, error);
        return;
      }
      this.#sent.add(delivery.id);
      this.#tell(delivery, { outcome: "delivered" });
    }
    this.#options.state.delivered(delivery.id);
    this.#sent.delete(delivery.id);
  }

  #failed(delivery: PendingDelivery, error: unknown): void {
    const { state, clock, random } = this.#options;
    // What a notifier did not foresee may pass; what it calls permanent will not.
    const permanent = error instanceof HoldfastError && !error.transient;
    const retryAfter = error instanceof HoldfastError ? error.facts.retryAfter : undefined;
    if (!permanent) this.#pausedUntil = clock.monotonic() + channelPause(retryAfter);
    if (permanent || isGivenUp(delivery, clock.now())) {
      this.#drop(delivery, { outcome: "given-up", error });
    } else {
      this.#tell(delivery, { outcome: "failed", error });
      state.postpone(delivery.id, clock.now() + retryDelay(delivery.attempts, retryAfter, random()));
    }
  }

  #drop(delivery: PendingDelivery, why: Pick<DeliveryOutcome, "outcome" | "error">): void {
    this.#options.state.drop(delivery.id);
    this.#tell(delivery, why);
  }

  #tell({ message }: PendingDelivery, outcome: Pick<DeliveryOutcome, "outcome" | "error">): void {
    this.#options.onOutcome({ channel: this.#options.notifier.name, message, ...outcome });
  }
}
