/** Holds the containers of an intervention, one after the other. That one is to be stopped is in the journal before it is. */
import { cancellation, hasCode, HoldfastError, messageOf } from "../../domain/errors.ts";
import { SECOND } from "../../domain/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HeldContainer, Intervention, InterventionJournal } from "../../ports/intervention-journal.ts";
import { within } from "../within.ts";
import { pauseContainer } from "./pause-container.ts";
import { present } from "./release.ts";

export interface HoldContext {
  runtime: ContainerRuntime;
  journal: InterventionJournal;
  clock: Clock;
}

/** For the engine to pause or stop one container, beside the time that the container is given. */
const HOLD_ONE_LIMIT_MS = 60_000;

/** Throws `source` naming the one that cannot be held; those before it are then held. */
export async function holdContainers(
  intervention: Intervention,
  context: HoldContext,
  signal: AbortSignal,
): Promise<void> {
  const { mode, held, job } = intervention;
  for (const container of held) {
    if (signal.aborted) throw cancellation(signal, `Holding services for job ${job}`);
    if (mode === "stop" && !(await announceStop(container, intervention, context))) continue;
    await holdOne(container, intervention, context, signal);
    if (mode === "stop") await rememberLastStart(container, intervention, context);
  }
}

/**
 * Stops again what was stopped and let run. What of it has ended since is started with the rest: it ran before. One that was made
 * anew meanwhile is the same.
 */
export async function holdContainersAgain(
  intervention: Intervention,
  context: HoldContext,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, journal } = context;
  for (const container of intervention.held.filter(({ stopAsked }) => stopAsked)) {
    const now = await present(container, { runtime, signal });
    // Removed by somebody: there is nothing to hold.
    if (now === undefined) continue;
    const { id, name, state, startedAt } = now;
    Object.assign(container, { id, name, startedAt: state === "restarting" ? undefined : startedAt });
    await journal.update(intervention);
    if (!["running", "restarting", "paused"].includes(state)) continue;
    await holdOne(container, intervention, context, signal);
    await rememberLastStart(container, intervention, context);
  }
}

/** False when it has ended by itself meanwhile: then it is not ours to start again. */
async function announceStop(
  container: HeldContainer,
  intervention: Intervention,
  { runtime, journal, clock }: HoldContext,
): Promise<boolean> {
  const { state, startedAt } = await within(
    { clock, limit: HOLD_ONE_LIMIT_MS, what: `Looking at ${container.name}` },
    (signal) => runtime.inspect(container.id, signal),
  );
  if (state !== "running" && state !== "restarting") return false;
  container.startedAt = state === "running" ? startedAt : undefined;
  container.stopAsked = true;
  await journal.update(intervention);
  return true;
}

/** One that fails and is started again and again was perhaps started once more before it was stopped. */
async function rememberLastStart(
  container: HeldContainer,
  intervention: Intervention,
  { runtime, journal, clock }: HoldContext,
): Promise<void> {
  const { startedAt } = await within(
    { clock, limit: HOLD_ONE_LIMIT_MS, what: `Looking at ${container.name}` },
    (signal) => runtime.inspect(container.id, signal),
  );
  if (startedAt === container.startedAt) return;
  container.startedAt = startedAt;
  await journal.update(intervention);
}

/** Not cancelled: a request that the engine has begun with would take effect after everything was released. */
async function holdOne(
  container: HeldContainer,
  { mode, graceSeconds }: Intervention,
  { runtime, clock }: HoldContext,
  signal: AbortSignal,
): Promise<void> {
  const { id, name } = container;
  const limit = HOLD_ONE_LIMIT_MS + (graceSeconds ?? 0) * SECOND;
  const limited = (work: (until: AbortSignal) => Promise<void>) =>
    within({ clock, limit, what: `Waiting for ${name}` }, work);
  try {
    if (mode === "pause") await pauseContainer(container, { runtime, clock, within: limited, signal });
    else await limited((until) => runtime.stop(id, { graceSeconds }, until));
  } catch (error) {
    if (hasCode(error, "cancelled")) throw error;
    throw new HoldfastError("source", {
      what: `Holding service container ${name}`,
      why: messageOf(error),
      next: "nothing was captured and everything runs again; see what keeps the engine from it",
      cause: error,
      transient: error instanceof HoldfastError && error.transient,
    });
  }
}
