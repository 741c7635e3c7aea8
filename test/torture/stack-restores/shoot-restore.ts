/** One kill during a restore in place through the engine, and what becomes of the volume and of who uses it. */
import type { PrivateEngine } from "../../e2e/lab/private-engine.ts";
import type { Content, RestoreStack } from "./restore-stack.ts";

export const VICTIMS = [
  ...(["sidecar", "command", "restoring container", "sidecar and restoring container"] as const),
  // Not a crash of it: who runs then is at times down by the engine's own doing (see shot-stack.ts).
  "engine" as const,
];
export type Victim = (typeof VICTIMS)[number];

/** Of what only a start of the sidecar or the guard can end. */
export type Rescuer = "restarted sidecar" | "recreated sidecar" | "guard";

export interface RestoreShot {
  victim: Victim;
  rescuer: Rescuer;
  /** From when the time is counted: the command, the first of its tree in the volume, or its first move. */
  since: "command" | "writing" | "moving";
  afterMs: number;
  withForensics: boolean;
}

export interface RestoreHit {
  /** How far the restore had come. */
  moment: "none" | "writing" | "moving" | "ended";
  content: Content;
  /** From the kill, or the end of the engine's restart, until the app ran on a whole volume. */
  settledAfterMs: number;
}

/** To look is work, too: the faster the looks, the slower what is looked at. */
const LOOK_EVERY_MS = 10;

export async function shootRestore(
  stack: RestoreStack,
  engine: Pick<PrivateEngine, "restart">,
  shot: RestoreShot,
): Promise<RestoreHit> {
  let hasEnded = false;
  const options = ["--in-place", "--yes", ...(shot.withForensics ? [] : ["--no-forensics"])];
  const restoring = stack.holdfast("restore", "data", ...options).finally(() => (hasEnded = true));
  await untilMoment(stack, shot, () => hasEnded);
  const moment = hasEnded ? "ended" : await stack.progress();
  await KILLS[shot.victim](stack, engine);
  const since = performance.now();
  const needsRescue = shot.victim !== "command" && shot.victim !== "restoring container";
  if (needsRescue && shot.rescuer === "restarted sidecar") await stack.startSidecar();
  if (needsRescue && shot.rescuer === "recreated sidecar") await stack.recreateSidecar();
  const isAbandoned = needsRescue && shot.rescuer === "guard";
  let content = await stack.settled({ sidecarLives: !isAbandoned });
  const settledAfterMs = performance.now() - since;
  if (isAbandoned) {
    await stack.startSidecar();
    const later = await stack.settled({ sidecarLives: true });
    if (later !== content) throw new Error(`the volume became ${later} under the running app`);
    content = later;
  }
  await restoring;
  return { moment, content, settledAfterMs };
}

async function untilMoment(
  stack: RestoreStack,
  { since, afterMs }: RestoreShot,
  hasEnded: () => boolean,
): Promise<void> {
  const reached = async () => {
    const progress = await stack.progress();
    return since === "command" || progress === since || progress === "moving";
  };
  while (!hasEnded() && !(await reached())) await pass(LOOK_EVERY_MS);
  const until = performance.now() + afterMs;
  while (!hasEnded() && performance.now() < until) await pass(Math.min(LOOK_EVERY_MS, afterMs));
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Kill = (stack: RestoreStack, engine: Pick<PrivateEngine, "restart">) => Promise<void>;

const KILLS: Record<Victim, Kill> = {
  sidecar: (stack) => stack.killSidecar(),
  command: (stack) => stack.killCommand(),
  "restoring container": (stack) => stack.killRestore(),
  "sidecar and restoring container": async (stack) => {
    await Promise.all([stack.killRestore(), stack.killSidecar()]);
  },
  engine: (_stack, engine) => engine.restart(),
};
