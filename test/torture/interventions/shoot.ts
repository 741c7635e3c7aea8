/** One kill of a sidecar around an intervention, and what becomes of the services that it held. */
import type { PrivateEngine } from "../../e2e/lab/private-engine.ts";
import { waitUntil } from "../../e2e/wait-until.ts";
import type { Mode, ShotStack } from "./shot-stack.ts";

/** Who ends what was begun: the sidecar that is started again or made anew, or the guard, because it stays dead. */
export type Rescuer = "restarted sidecar" | "recreated sidecar" | "guard";

export interface Shot {
  mode: Mode;
  /** From the request for a run, in milliseconds. */
  afterMs: number;
  /** Ends the engine, or lets it crash, and starts it again when the sidecar is dead. */
  engine?: { kind: "restart" | "crash"; of: Pick<PrivateEngine, "restart" | "crash"> } | undefined;
  /** Makes one of the held services anew when the sidecar is dead. */
  recreatesService: boolean;
  rescuer: Rescuer;
}

export interface Hit {
  /** What stood in the journal when the sidecar was dead. */
  moment: "before it" | "begun" | "holding" | "after it";
  /** From the request for the run to the end of the intervention, where that came first. */
  endedAfterMs: number | undefined;
  /** From the kill, or the end of the engine's restart, until everything ran again. */
  releasedAfterMs: number;
}

export async function shoot(stack: ShotStack, shot: Shot): Promise<Hit> {
  const { mode, rescuer, engine, afterMs } = shot;
  await stack.begin(mode);
  const { hadBegun, endedAfterMs } = await watchIntervention(stack, afterMs);
  await stack.killSidecar();
  const stage = await stack.stage();
  const moment = stage === "none" ? (hadBegun ? "after it" : "before it") : stage;
  await engine?.of[engine.kind]();
  if (engine?.kind === "crash") await stack.startWhatTheEngineKilled();
  const since = performance.now();
  if (shot.recreatesService) await stack.recreate("app");
  if (rescuer === "restarted sidecar") await stack.startSidecar();
  if (rescuer === "recreated sidecar") await stack.recreateSidecar();
  const engineRestarted = engine !== undefined;
  await stack.untilAsBefore({ engineRestarted }).catch(async (error: unknown) => {
    // Nobody can start what a crashed engine half remembers, until it starts once more.
    if (engine?.kind !== "crash" || !(await stack.isUnstartable())) throw error;
    await engine.of.restart();
    await stack.untilAsBefore({ engineRestarted });
  });
  const releasedAfterMs = performance.now() - since;
  if (rescuer === "guard") {
    await stack.untilGuardHasGone();
    await stack.untilAsBefore({ engineRestarted: false });
    await stack.startSidecar();
  }
  await stack.untilEnded();
  await stack.untilAsBefore({ engineRestarted: false });
  return { moment, endedAfterMs, releasedAfterMs };
}

/** Waits so long, and tells whether there was an intervention meanwhile, and when it was over. */
async function watchIntervention(
  stack: ShotStack,
  forMs: number,
): Promise<{ hadBegun: boolean; endedAfterMs: number | undefined }> {
  const since = performance.now();
  let hadBegun = false;
  let endedAfterMs: number | undefined;
  while (performance.now() - since < forMs) {
    const isOpen = (await stack.stage()) !== "none";
    if (hadBegun && !isOpen) endedAfterMs ??= performance.now() - since;
    hadBegun ||= isOpen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { hadBegun, endedAfterMs };
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
