/**
 * Gives the dumps of a point back to a server: with a dump of what is there first, who uses it stopped, and what was there before back
 * in use where services do not work with what was restored.
 */
import { HoldfastError } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { DumpRestorer, RestoredDumps } from "../ports/dump-restorer.ts";
import type { HeldContainer } from "../ports/intervention-journal.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { openDumps } from "./dumps-of-point.ts";
import type { PointCopy } from "./locate-point.ts";
import { lockSource } from "./lock-source.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { takeSafetyDump } from "./safety-dump.ts";

export interface DumpRestoreRequest {
  job: Job;
  source: Source;
  restorer: DumpRestorer;
  /** Those of the job: backups to them wait. */
  stores: readonly Store[];
  copy: PointCopy;
  database: string | undefined;
  service: string | undefined;
  /** Services to stop while it is replaced, and to start again; none: nobody. */
  stops: readonly string[];
  /** Keep a dump of what is there before. */
  safety: boolean;
  keepOld: boolean;
  rollsBack: boolean;
  /** What keeps those that were stopped from working again, as a clause. */
  failureAfter: (stopped: readonly HeldContainer[], signal: AbortSignal) => Promise<string | undefined>;
  signal: AbortSignal;
}

export interface DumpRestoreReport extends RunReport {
  bytes: number;
  /** Where what was there before is, when it was kept. */
  kept: string | undefined;
  /** Id of the point that holds what was there before. */
  safetyPoint: string | undefined;
}

export async function runDumpRestore(
  context: AppContext,
  request: DumpRestoreRequest,
): Promise<FinishedRun<DumpRestoreReport>> {
  const { job, copy, stores } = request;
  return performRun(
    context,
    { job: job.name, operation: "restore", trigger: "command" },
    async (reporter) => {
      const warn = (message: string): void => reporter.warn(message);
      const lock = await lockSource(context, { job: job.name, stores, signal: request.signal, warn });
      const use = await context.locks.use(copy.store, {
        ...{ operation: "restore", points: [copy.point.id], signal: lock.signal },
      });
      try {
        const signal = AbortSignal.any([lock.signal, use.signal]);
        return await replaced(context, { ...request, signal }, reporter);
      } finally {
        await use.release();
        await lock.release();
      }
    },
  );
}

async function replaced(
  context: AppContext,
  request: DumpRestoreRequest,
  reporter: RunReporter,
): Promise<DumpRestoreReport> {
  const { job, copy, stops, signal } = request;
  const { value, heldMs } = await context.services.hold(
    {
      ...{ job: job.name, mode: "stop", services: stops, grace: undefined, limit: job.timeout, signal },
      doing: `Restoring job ${job.name} in place`,
      onWarning: (message) => reporter.warn(message),
    },
    async (until, holding) => {
      const safetyPoint = await safetyOf(context, { ...request, signal: until }, reporter);
      const restored = await give(context, { ...request, signal: until }, reporter);
      for (const warning of restored.warnings) reporter.warn(warning);
      let why: string | undefined;
      if (holding.stopped.length > 0) {
        await holding.letRun();
        why = await request.failureAfter(holding.stopped, until);
      }
      if (why === undefined) return { safetyPoint, restored };
      const stays = `what was restored stays${safetyPoint === undefined ? "" : `; what was there before is in point ${safetyPoint}`}`;
      if (!request.rollsBack || restored.revert === undefined) throw notWorking(request, why, stays);
      await holding.holdAgain(until);
      await restored.revert(until);
      throw notWorking(request, why, "what was there before the restore is in use again");
    },
  );
  const { restored, safetyPoint } = value;
  if (!request.keepOld) await restored.accept(signal);
  const [reason] = restored.warnings;
  const { sourceBytes } = copy.point.record.totals;
  const kept = request.keepOld ? restored.kept : undefined;
  return {
    ...{ outcome: reason === undefined ? "succeeded" : "partial", reason, point: copy.point.id, sourceBytes },
    details: { store: copy.store.name, heldMs, safetyPoint, kept },
    ...{ bytes: sourceBytes, kept, safetyPoint },
    warningCount: restored.warnings.length,
  };
}

async function give(
  { keys }: AppContext,
  { restorer, copy, database, service, signal }: DumpRestoreRequest,
  reporter: RunReporter,
): Promise<RestoredDumps> {
  const dumps = await openDumps(copy, { keys, signal });
  const totalBytes = copy.point.record.totals.sourceBytes;
  return restorer.restore({
    ...{ dumps, database, service, signal },
    onProgress: (bytes) => reporter.progress({ phase: "restoring", files: 0, bytes, totalBytes }),
  });
}

/** Id of the point; undefined where none was asked for. */
async function safetyOf(
  context: AppContext,
  request: DumpRestoreRequest,
  reporter: RunReporter,
): Promise<string | undefined> {
  if (!request.safety) return undefined;
  const { job, source, stores, copy, signal } = request;
  const record: CommitRecord = await takeSafetyDump(context, {
    ...{ job, source, stores, signal, before: copy.point.id },
    onProgress: (bytes) => reporter.progress({ phase: "keeping a dump of what is there", files: 0, bytes }),
  });
  return record.id;
}

function notWorking({ job }: DumpRestoreRequest, why: string, next: string): HoldfastError {
  const what = `Checking the services after the restore of job ${job.name}`;
  return new HoldfastError("source", { what, why, next });
}
