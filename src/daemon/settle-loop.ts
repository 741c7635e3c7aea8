/** Ends what a killed run had done to services: at the start, and again until it is done; and tells what is held meanwhile. */
import type { ServiceHolder } from "../app/interventions/service-holder.ts";
import { asError, messageOf } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Intervention } from "../ports/intervention-journal.ts";

/** A command in the same container can be killed while this daemon lives on. */
const LOOK_EVERY = 5 * SECOND;

export interface SettleLoopOptions {
  services: Pick<ServiceHolder, "settle" | "open">;
  clock: Clock;
  /** Told after each look what is held now, by whichever process. */
  onLooked: (open: Intervention | undefined) => void;
  /** Told of each other trouble once, not every few seconds. */
  onTrouble: (error: Error) => void;
}

/** Until the signal fires; then resolves. */
export async function settleServices(
  { services, clock, onLooked, onTrouble }: SettleLoopOptions,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      await services.settle(signal);
      onLooked(await services.open());
      told = undefined;
    } catch (error) {
      if (signal.aborted) return;
      if (messageOf(error) !== told) onTrouble(asError(error));
      told = messageOf(error);
    }
    await clock.sleep(LOOK_EVERY, { signal }).catch(() => undefined);
  }
}
