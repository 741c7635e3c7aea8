/** One kill of a sidecar around an intervention, and what becomes of the services that it held. */
import { waitUntil } from "../../e2e/wait-until.ts";
import type { Mode, ShotStack } from "./shot-stack.ts";

/** Who ends what was begun: the sidecar that is started again or made anew, or the guard, because it stays dead. */
export type Rescuer = "restarted sidecar" | "recreated sidecar" | "guard";

export interface Shot {
  mode: Mode;
  /** From the request for a run, in milliseconds. */
  afterMs: number;
  /** Restarts the engine when the sidecar is dead. */
  restartEngine?: (() => Promise<void>) | undefined;
  /** Makes one of the held services anew when the sidecar is dead. */
  recreatesService: boolean;
  rescuer: Rescuer;
}

export interface Hit {
  /** What stood in the journal when the sidecar was dead. */
  moment: "before it" | "begun" | "holding" | "after it";
  /** From the kill, or the end of the engine's restart, until everything ran again. */
  releasedAfterMs: number;
}

export async function shoot(stack: ShotStack, shot: Shot): Promise<Hit> {
  const { mode, rescuer, restartEngine, afterMs } = shot;
  await stack.begin(mode);
  const hadBegun = await seesIntervention(stack, afterMs);
  await stack.killSidecar();
  const stage = await stack.stage();
  const moment = stage === "none" ? (hadBegun ? "after it" : "before it") : stage;
  await restartEngine?.();
  const since = performance.now();
  if (shot.recreatesService) await stack.recreate("app");
  if (rescuer === "restarted sidecar") await stack.startSidecar();
  if (rescuer === "recreated sidecar") await stack.recreateSidecar();
  await stack.untilAsBefore({ engineRestarted: restartEngine !== undefined });
  const releasedAfterMs = performance.now() - since;
  if (rescuer === "guard") {
    await stack.untilGuardHasGone();
    await stack.untilAsBefore({ engineRestarted: false });
    await stack.startSidecar();
  }
  await stack.untilEnded();
  await stack.untilAsBefore({ engineRestarted: false });
  return { moment, releasedAfterMs };
}

/** Waits so long, and tells whether there was an intervention meanwhile. */
async function seesIntervention(stack: ShotStack, forMs: number): Promise<boolean> {
  const until = performance.now() + forMs;
  let seen = false;
  while (performance.now() < until) {
    seen ||= (await stack.stage()) !== "none";
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return seen;
}

/** How long it takes from the request for a run until nothing of it is held any more, when nobody is killed, in milliseconds. */
export async function measureRun(stack: ShotStack, mode: Mode): Promise<number> {
  await stack.begin(mode);
  const began = performance.now();
  await waitUntil("the intervention begins", async () => (await stack.stage()) !== "none");
  await waitUntil("the intervention ends", async () => (await stack.stage()) === "none");
  const took = performance.now() - began;
  await stack.untilEnded();
  await stack.untilAsBefore({ engineRestarted: false });
  return took;
}
