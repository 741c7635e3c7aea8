/** Ends what a killed run had done to services: at the start, and again until it is done; and tells what is held meanwhile. */
import { endedLate } from "../app/interventions/end-events.ts";
import type { ServiceHolder } from "../app/interventions/service-holder.ts";
import { asError, messageOf } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { TellEvent } from "../domain/stack-event.ts";
import type { Clock } from "../ports/clock.ts";
import type { Intervention } from "../ports/intervention-journal.ts";

/** A command in the same container can be killed while this daemon lives on. */
const LOOK_EVERY = 5 * SECOND;

export interface SettleLoopOptions {
  services: Pick<ServiceHolder, "settle" | "open">;
  clock: Clock;
  /** Told of services that another process, or this one, held for longer than they may be. */
  onEvent: TellEvent;
  /** Told after each look what is held now, by whichever process. */
  onLooked: (open: Intervention | undefined) => void;
  /** Told of each other trouble once, not every few seconds. */
  onTrouble: (error: Error) => void;
}

/** Until the signal fires; then resolves. */
export async function settleServices(
  { services, clock, onEvent, onLooked, onTrouble }: SettleLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  let overdue: Intervention | undefined;
  while (!signal.aborted) {
    try {
      const settled = await services.settle(signal);
      const open = await services.open();
      // What was settled here has been told of.
      if (overdue !== undefined && ![open?.id, settled?.id].includes(overdue.id))
        onEvent(endedLate(overdue, clock.now()));
      overdue = open !== undefined && open.held.length > 0 && clock.now() > open.deadline ? open : undefined;
      onLooked(open);
      told = undefined;
    } catch (error) {
      if (signal.aborted) return;
      if (messageOf(error) !== told) onTrouble(asError(error));
      told = messageOf(error);
    }
    await clock.sleep(LOOK_EVERY, { signal }).catch(() => undefined);
  }
}
