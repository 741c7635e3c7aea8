/** Delivers queued messages to every channel, each in its own time: a dead one never delays another. */
import { EVERYTHING, takes, type ChannelRules } from "../domain/channel-rules.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { AlertState, ChannelNotes } from "../ports/state.ts";
import { ChannelDelivery, type DeliveryOutcome } from "./deliver-channel.ts";
import { refreshChannel } from "./refresh-channel.ts";

export interface DeliveryOptions {
  state: AlertState;
  notes: ChannelNotes;
  stack: string;
  /** IANA zone of the stack. */
  timezone: string;
  /** One for each configured channel. */
  notifiers: readonly Notifier[];
  /** Of a channel; everything at any time without it. */
  rulesOf?: (channel: string) => ChannelRules;
  clock: Clock;
  /** In [0, 1); Math.random unless a test says otherwise. */
  random?: () => number;
  /** Told of everything that becomes of a message, for the log and the metrics. Must not throw. */
  onOutcome: (outcome: DeliveryOutcome) => void;
  /** Told when the state cannot be read or written while `run` goes on. Must not throw. */
  onTrouble: (error: unknown) => void;
}

const WAIT_AFTER_TROUBLE: Milliseconds = MINUTE;

export class AlertDelivery {
  readonly #options: DeliveryOptions;
  readonly #channels: ChannelDelivery[];
  readonly #wakers = new Set<() => void>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { state, notes, timezone, clock, onOutcome, random = Math.random } = options;
    const { rulesOf = () => EVERYTHING } = options;
    this.#channels = options.notifiers.map(
      (notifier) =>
        new ChannelDelivery({
          ...{ state, notes, notifier, timezone, clock, random, onOutcome },
          rules: rulesOf(notifier.name),
        }),
    );
  }

  /** One pass: resolves when no channel has anything more to send now. Not while `run` is under way. */
  async deliverDue(signal: AbortSignal): Promise<void> {
    this.#dropRemovedChannels();
    await Promise.all(this.#channels.map((channel) => channel.deliverDue(signal)));
  }

  /** Delivers until the signal fires, and then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    this.#guarded(() => this.#dropRemovedChannels());
    const { notifiers, state, stack, clock, onTrouble, rulesOf = () => EVERYTHING } = this.#options;
    const forgetful = notifiers.filter((notifier) => notifier.refresh !== undefined);
    await Promise.all([
      ...this.#channels.map((channel) => this.#serve(channel, signal)),
      ...forgetful.map((notifier) =>
        refreshChannel(
          {
            ...{ notifier, stack, clock, onTrouble },
            active: () =>
              state
                .active()
                .filter(({ problem }) =>
                  takes(rulesOf(notifier.name), notifier.name, { problem, event: "repeated" }),
                ),
          },
          signal,
        ),
      ),
    ]);
  }

  /** Says that something was queued. */
  wake(): void {
    for (const wake of this.#wakers) wake();
  }

  async #serve(channel: ChannelDelivery, signal: AbortSignal): Promise<void> {
    let wakeUp = new AbortController();
    const wake = () => wakeUp.abort();
    this.#wakers.add(wake);
    while (!signal.aborted) {
      wakeUp = new AbortController();
      const wait = await this.#attempt(channel, signal);
      await this.#sleep(wait, [signal, wakeUp.signal]);
    }
    this.#wakers.delete(wake);
  }

  async #attempt(channel: ChannelDelivery, signal: AbortSignal): Promise<Milliseconds> {
    try {
      await channel.deliverDue(signal);
      return channel.wait();
    } catch (error) {
      this.#options.onTrouble(error);
      return WAIT_AFTER_TROUBLE;
    }
  }

  async #sleep(duration: Milliseconds, enders: AbortSignal[]): Promise<void> {
    try {
      await this.#options.clock.sleep(duration, { signal: AbortSignal.any(enders) });
    } catch (error) {
      if (!enders.some((ender) => ender.aborted)) throw error;
    }
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onTrouble(error);
    }
  }

  #dropRemovedChannels(): void {
    const { state, notifiers, onOutcome } = this.#options;
    const configured = new Set(notifiers.map(({ name }) => name));
    for (const channel of state.waitingChannels().filter((name) => !configured.has(name))) {
      for (const { id, message } of state.queued(channel)) {
        state.drop(id);
        onOutcome({ channel, outcome: "removed", message });
      }
    }
  }
}
