/** What every channel should have been told, and what it was. */
import type { DeliveryOutcome } from "../../../src/app/deliver-channel.ts";
import type { AlertMessage } from "../../../src/domain/alerts.ts";

interface Fate {
  delivered: number;
  givenUp: number;
  superseded: number;
}

export class Ledger {
  /** By channel, alert and event; repetitions by their time, too. */
  readonly #fates = new Map<string, Fate>();
  readonly #ended = new Set<string>();
  givenUp = 0;

  queued(channel: string, message: AlertMessage): void {
    const key = keyOf(channel, message);
    if (this.#fates.has(key)) throw new Error(`${key} was queued twice`);
    this.#fates.set(key, { delivered: 0, givenUp: 0, superseded: 0 });
    if (message.event === "resolved") this.#ended.add(`${channel} ${message.id}`);
  }

  note({ channel, outcome, message }: DeliveryOutcome): void {
    const fate = this.#fates.get(keyOf(channel, message));
    if (fate === undefined) throw new Error(`${keyOf(channel, message)} was told and never queued`);
    if (outcome === "delivered") fate.delivered++;
    if (outcome === "superseded") fate.superseded++;
    if (outcome === "given-up") {
      fate.givenUp++;
      this.givenUp++;
    }
  }

  delivered(channel: string): number {
    return [...this.#fates].reduce(
      (sum, [key, fate]) => sum + (key.startsWith(`${channel} `) ? fate.delivered : 0),
      0,
    );
  }

  /** `still`: what waits or fires when everything has been well for long. */
  check({ kills, still }: { kills: number; still: readonly string[] }): void {
    if (still.length > 0) throw new Error(`stuck: ${still.join(", ")}`);
    let doubled = 0;
    let doubledAlone = 0;
    for (const [key, { delivered, givenUp, superseded }] of this.#fates) {
      if (delivered + givenUp + superseded === 0) throw new Error(`${key} was lost`);
      doubled += Math.max(0, delivered - 1);
      const [channel = "", id = "", event] = key.split(" ");
      if (channel === "pager") doubledAlone += Math.max(0, delivered - 1);
      if (event === "firing" && !this.#ended.has(`${channel} ${id}`)) throw new Error(`${key} never ended`);
      if (channel === "chat" && delivered === 0 && superseded === 0) throw new Error(`${key} was lost`);
    }
    // A kill between sending and noting that repeats what was sent at that moment: one message, or those of one summary.
    if (kills === 0 && doubled > 0) throw new Error(`${doubled} messages were doubled`);
    if (doubledAlone > kills) throw new Error(`${doubledAlone} messages were doubled by ${kills} kills`);
  }
}

function keyOf(channel: string, { id, event, at }: AlertMessage): string {
  return `${channel} ${id} ${event}${event === "repeated" ? ` ${at}` : ""}`;
}
