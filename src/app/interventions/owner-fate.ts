/** Whether who made an intervention still lives, and so will end it. */
import { hasCode } from "../../domain/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContainerRuntime } from "../../ports/container-runtime.ts";
import type { Intervention, InterventionOwner } from "../../ports/intervention-journal.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { isEngineAbsent } from "../absent-engine.ts";

export interface FateQuestion {
  runtime: ContainerRuntime;
  processes: ProcessTable;
  clock: Clock;
  signal: AbortSignal;
}

/** False once nobody will end it but us. */
export async function ownerLives(intervention: Intervention, question: FateQuestion): Promise<boolean> {
  return (await makerLives(intervention, question)) || (await workerLives(intervention, question));
}

/** What a container was made for goes on in it without its maker. */
export async function workerLives(
  { worker, deadline }: Intervention,
  { runtime, clock, signal }: Omit<FateQuestion, "processes">,
): Promise<boolean> {
  if (worker === undefined || worker.endsWithOwner === true || clock.now() >= deadline) return false;
  try {
    return (await runtime.inspect(worker.container, signal)).state === "running";
  } catch (error) {
    if (hasCode(error, "not-found")) return false;
    throw error;
  }
}

/** A process that cannot be seen from here is judged by its container, and where nobody can be asked for that, by its time. */
async function makerLives(
  { owner, deadline }: Intervention,
  { runtime, processes, clock, signal }: FateQuestion,
): Promise<boolean> {
  const fate = processes.fateOf(owner.process);
  if (fate !== "unknown") return fate === "alive";
  const hasTime = clock.now() < deadline;
  if (owner.container === undefined) return hasTime;
  try {
    return await containerLives(owner.container, runtime, signal);
  } catch (error) {
    // A command may have been given the engine's socket that this container does not have.
    if (isEngineAbsent(error) && hasTime) return true;
    throw error;
  }
}

/** Whether it still runs, and since the same moment. */
export async function containerLives(
  container: NonNullable<InterventionOwner["container"]>,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { state, startedAt } = await runtime.inspect(container.id, signal);
    return (state === "running" || state === "paused") && startedAt === container.startedAt;
  } catch (error) {
    if (hasCode(error, "not-found")) return false;
    throw error;
  }
}
