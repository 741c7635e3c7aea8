/**
 * What a guard does: it looks every second, and releases what is held when nobody else will. Services that a restore in place
 * is made for are released only once their source is wholly the old or the new one; as long as it cannot be, they are held.
 */
import { messageOf } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { Intervention, InterventionJournal } from "../../ports/intervention-journal.ts";
import { endWork } from "./end-work.ts";
import type { GuardOrders } from "./guard.ts";
import { containerLives, workerLives } from "./owner-fate.ts";
import { release } from "./release.ts";

export interface GuardDuty {
  runtime: ContainerRuntime;
  /** Only read: whoever settles next ends the intervention. */
  journal: Pick<InterventionJournal, "current">;
  clock: Clock;
  orders: Pick<GuardOrders, "intervention" | "after">;
  /** Told of each other trouble once. Must not throw. */
  onTrouble: (message: string) => void;
}

const LOOK_EVERY_MS = SECOND;
/** An attempt that failed may have made a container. */
const TRY_AGAIN_AFTER_MS = 10 * SECOND;

/** Resolves once nothing of the intervention is held: `ended` by its owner or by a settlement, or `released` by this guard. */
export async function standGuard(duty: GuardDuty, signal: AbortSignal): Promise<"ended" | "released"> {
  const { journal, clock, orders, onTrouble } = duty;
  const absence = new Absence(duty);
  let told: string | undefined;
  for (;;) {
    try {
      const open = await journal.current();
      if (open?.id !== orders.intervention) return "ended";
      if (await absence.isTooLong(open, signal)) {
        await endWork(open, { ...duty, onSettled: onTrouble });
        const [failure] = await release(open, { ...duty, signal });
        if (failure === undefined) return "released";
        throw failure.error;
      }
      await clock.sleep(LOOK_EVERY_MS, { signal });
    } catch (error) {
      signal.throwIfAborted();
      // The engine may be restarting, or a right of ours be given back: there is always another look.
      if (messageOf(error) !== told) onTrouble(messageOf(error));
      told = messageOf(error);
      await clock.sleep(TRY_AGAIN_AFTER_MS, { signal });
    }
  }
}

/** Since when the owner's container is not the one that began the intervention. */
class Absence {
  readonly #duty: GuardDuty;
  #since: number | undefined;

  constructor(duty: GuardDuty) {
    this.#duty = duty;
  }

  async isTooLong(intervention: Intervention, signal: AbortSignal): Promise<boolean> {
    const { owner, deadline } = intervention;
    const { runtime, clock, orders } = this.#duty;
    if (clock.now() > deadline + orders.after) return true;
    const lives =
      (owner.container !== undefined && (await containerLives(owner.container, runtime, signal))) ||
      (await workerLives(intervention, { runtime, clock, signal }));
    this.#since = lives ? undefined : (this.#since ?? clock.monotonic());
    return this.#since !== undefined && clock.monotonic() - this.#since >= orders.after;
  }
}
