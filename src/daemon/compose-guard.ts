/** Wires the guard: on the side of who is guarded, and as the guard itself. */
import { z } from "zod";
import { ContainerGuard } from "../app/interventions/container-guard.ts";
import { GUARD_VARIABLE } from "../app/interventions/guard-container.ts";
import type { Guard, GuardOrders } from "../app/interventions/guard.ts";
import { standGuard } from "../app/interventions/stand-guard.ts";
import { ownVariable } from "../config/load.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import type { TellEvent } from "../domain/stack-event.ts";
import { systemClock } from "../observability/system-clock.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import { openInterventionJournal } from "../state/intervention-journal.ts";
import { createRuntime } from "./compose-adapters.ts";

export interface GuardSurroundings {
  runtime: ContainerRuntime;
  clock: Clock;
  onEvent: TellEvent;
}

export function createGuard(
  { guard, engine, project, stateDirectory }: LoadedConfig,
  { runtime, clock, onEvent }: GuardSurroundings,
): Guard | undefined {
  if (guard === false) return undefined;
  // The guard's container has the program where this one has it.
  const program = [process.execPath, ...process.execArgv, process.argv[1] ?? ""];
  const orders = { engine, stateDirectory, after: guard.after };
  return new ContainerGuard({ ...{ runtime, clock, onEvent, program, orders, project } });
}

const Orders = z.object({
  intervention: z.string(),
  after: z.number(),
  engine: z.string(),
  stateDirectory: z.string(),
}) satisfies z.ZodType<GuardOrders>;

/** For a guard that may not even remove itself. */
const LEAVE_AGAIN_MS = 60 * SECOND;

/** Guards as this process was ordered to, then removes the container it runs in. Throws `usage` without orders. */
export async function runGuard(onTrouble: (message: string) => void, signal: AbortSignal): Promise<void> {
  const orders = ordersGiven();
  const runtime = createRuntime(orders.engine);
  const clock = systemClock;
  const journal = openInterventionJournal(orders.stateDirectory);
  await standGuard({ runtime, journal, clock, orders, onTrouble }, signal);
  for (;;) {
    try {
      const own = await runtime.ownContainer(signal);
      if (own !== undefined) await runtime.remove(own.id, signal);
      return;
    } catch (error) {
      signal.throwIfAborted();
      onTrouble(messageOf(error));
      // To end would only have the engine start it again.
      await clock.sleep(LEAVE_AGAIN_MS, { signal });
    }
  }
}

function ordersGiven(): GuardOrders {
  const text = ownVariable(GUARD_VARIABLE);
  if (text !== undefined) return Orders.parse(JSON.parse(text));
  throw new HoldfastError("usage", {
    what: "Guarding held services",
    why: `${GUARD_VARIABLE} does not say which`,
    next: "leave this verb to Holdfast itself",
  });
}
