/** The dumps of one job of a stack that is recovered, while everything but their server is stopped. */
import { openAnyDumps } from "../app/dumps-of-point.ts";
import { locatePoint } from "../app/locate-point.ts";
import type { StepOutcome, StepTurn } from "../app/recover/run-recovery.ts";
import { runDumpRestore } from "../app/run-dump-restore.ts";
import type { Stack, WiredJob } from "../daemon/compose.ts";
import { asError, HoldfastError } from "../domain/errors.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { DumpRestore, DumpRestorer } from "../ports/dump-restorer.ts";
import type { RecoveryStep } from "../ports/recovery-log.ts";

interface DumpsRequest extends StepTurn {
  stack: Pick<Stack, "context"> & {
    job: (name: string) => Pick<WiredJob, "job" | "source" | "stores" | "dumps">;
  };
  /** Keep a dump of what is there. */
  safety: boolean;
}

export async function recoverDumps(
  { job: name, point }: RecoveryStep,
  { stack, safety, isFresh, replacing, signal }: DumpsRequest,
): Promise<StepOutcome> {
  const { job, source, stores, dumps: restorer } = stack.job(name);
  if (restorer === undefined)
    throw new HoldfastError("internal", {
      what: `Restoring job ${name}`,
      why: "nothing takes its dumps back",
    });
  const { catalog, stack: of, keys } = stack.context;
  const choice = { id: point.id };
  const { copies, warnings } = await locatePoint({
    ...{ catalog, stores, choice, signal },
    stack: of,
    job: name,
  });
  const dumps = await openAnyDumps(copies, { keys, signal });
  const replaced = await looked(stack, restorer, { dumps, signal }, job.afterRestore.healthLimit);
  const { report, error } = await runDumpRestore(stack.context, {
    ...{ job, source, restorer, stores, signal, copies, database: undefined, service: undefined },
    // Everybody is stopped already, and it is looked at the end whether they work.
    ...{ stops: [], keepOld: false, rollsBack: false, failureAfter: async () => undefined },
    safety: safety && isFresh && replaced.length > 0,
    replacing: (safetyPoint) => replacing(safetyPoint === undefined ? undefined : `point ${safetyPoint}`),
  });
  if (error !== undefined || report === undefined) throw asError(error);
  const { outcome, reason } = report;
  return {
    safety: undefined,
    warnings: [...warnings, ...(outcome === "partial" && reason !== undefined ? [reason] : [])],
  };
}

const LOOK_EVERY: Milliseconds = 2 * SECOND;

/** A server that has just been started, and has no health check, may take a while before it answers. */
async function looked(
  { context: { clock } }: Pick<Stack, "context">,
  restorer: DumpRestorer,
  request: DumpRestore,
  limit: Milliseconds,
): Promise<string[]> {
  const giveUpAt = clock.monotonic() + limit;
  for (;;) {
    try {
      return await restorer.look(request);
    } catch (error) {
      request.signal.throwIfAborted();
      if (clock.monotonic() >= giveUpAt) throw error;
      await clock.sleep(LOOK_EVERY, { signal: request.signal });
    }
  }
}
