/** Compares the state of the stack with what was told of it, whenever it may have changed, and queues what is to be told. */
import { evaluateAlerts, type AlertChannel } from "../app/alerting.ts";
import type { AppContext } from "../app/app-context.ts";
import { Digests, type DigestChannel } from "../app/digest.ts";
import { brokenChannels } from "../app/channel-health.ts";
import type { StackStatus } from "../app/read-status.ts";
import type { StatusKeeper } from "../app/status-keeper.ts";
import { asError } from "../domain/errors.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import { randomUUID } from "node:crypto";
import { Alarm } from "./alarm.ts";

/** Ages grow by themselves, so there is something to see even when nothing happens. */
const LOOK_EVERY: Milliseconds = 2 * SECOND;

export interface AlertLoopOptions {
  context: AppContext;
  keeper: StatusKeeper;
  channels: readonly AlertChannel[];
  digests: readonly DigestChannel[];
  repeatEvery: Milliseconds;
  /** Asked before each look: brings a state that could not be written up to date. */
  recoverState: () => void;
  /** Told when messages were queued. */
  onQueued: () => void;
  /** Told the status of each look. */
  onLooked: (status: StackStatus) => Promise<void>;
  /** Told when the alert state cannot be read or written: the next look finds and tells the same. */
  onTrouble: (error: Error) => void;
}

export class AlertLoop {
  readonly #options: AlertLoopOptions;
  readonly #alarm: Alarm;
  readonly #digests: Digests;

  constructor(options: AlertLoopOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.context.clock);
    this.#digests = new Digests(options.digests);
  }

  /** Something has happened: look now. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Until the signal fires; then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look();
      await this.#alarm.sleep(LOOK_EVERY, signal);
    }
  }

  async #look(): Promise<void> {
    const { context, keeper, channels, repeatEvery } = this.#options;
    const { recoverState, onQueued, onLooked, onTrouble } = this.#options;
    const { clock, state } = context;
    const { alerts, notes, silences } = state;
    const names = channels.map(({ name }) => name);
    try {
      recoverState();
      const status = keeper.status();
      const { messages } = evaluateAlerts({
        ...{ channels, repeatEvery },
        state: alerts,
        status,
        silences: silences.all(),
        problems: brokenChannels(notes, names, clock.now()),
        newId: randomUUID,
      });
      const digests = this.#digests.queueDue({ state: alerts, notes, status });
      if (messages.length + digests > 0) onQueued();
      await onLooked(status);
    } catch (error) {
      onTrouble(asError(error));
    }
  }
}
