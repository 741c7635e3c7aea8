/** Lets run again what an intervention held: only that, and also what was recreated under another id meanwhile. */
import { asError, hasCode } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container, ContainerRuntime } from "../../ports/container-runtime.ts";
import type { HeldContainer, Intervention } from "../../ports/intervention-journal.ts";

/** The engine may be restarting: it is asked again for this long before the next start has to do it. */
const ATTEMPTS = 6;
const FIRST_DELAY_MS = 200;

export interface ReleaseContext {
  runtime: ContainerRuntime;
  clock: Clock;
  signal: AbortSignal;
}

/** The containers that could not be released, with what went wrong; empty when all run. */
export async function release(
  intervention: Intervention,
  context: ReleaseContext,
): Promise<{ container: HeldContainer; error: Error }[]> {
  const failures: { container: HeldContainer; error: Error }[] = [];
  for (const container of intervention.held.toReversed()) {
    try {
      await withAttempts(() => releaseOne(container, intervention, context), context);
    } catch (error) {
      failures.push({ container, error: asError(error) });
    }
  }
  return failures;
}

async function releaseOne(
  held: HeldContainer,
  { mode, graceSeconds }: Intervention,
  context: ReleaseContext,
): Promise<void> {
  const { runtime, signal } = context;
  if (mode === "pause" && (await wasUnpaused(held, context))) return;
  const container = await present(held, context);
  // Removed by somebody, and not made anew: there is nothing that could run.
  if (container === undefined) return;
  const { id, state, startedAt } = container;
  if (state === "paused") return runtime.unpause(id, signal);
  if (mode === "pause" || !held.stopAsked) return;
  if (state === "running" && id === held.id && startedAt === held.startedAt) {
    // The engine may still be about to stop it: only the end of that tells that it will not end later.
    await runtime.stop(id, { graceSeconds }, signal);
    return runtime.start(id, signal);
  }
  // It has run since it was held: it was released, and somebody has stopped it.
  const hasRunSince = held.startedAt !== undefined && startedAt !== undefined && startedAt !== held.startedAt;
  if (state === "exited" && hasRunSince) return;
  if (state === "exited" || state === "created") await runtime.start(id, signal);
}

/** Without a look at it first, which would take as long again. */
async function wasUnpaused({ id }: HeldContainer, { runtime, signal }: ReleaseContext): Promise<boolean> {
  try {
    await runtime.unpause(id, signal);
    return true;
  } catch (error) {
    if (hasCode(error, "not-found")) return false;
    throw error;
  }
}

/** The container as it is now; by project, service and number where its id is gone. */
export async function present(
  held: HeldContainer,
  { runtime, signal }: Pick<ReleaseContext, "runtime" | "signal">,
): Promise<Container | undefined> {
  try {
    return await runtime.inspect(held.id, signal);
  } catch (error) {
    if (!hasCode(error, "not-found")) throw error;
  }
  const { project, service, number } = held;
  const successors = await runtime.containers({ project, service }, signal);
  return successors.find(({ compose }) => compose?.number === number && !compose.oneOff);
}

async function withAttempts(work: () => Promise<void>, { clock, signal }: ReleaseContext): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || signal.aborted) throw error;
      await clock.sleep(FIRST_DELAY_MS * 2 ** (attempt - 1), { signal });
    }
  }
}
