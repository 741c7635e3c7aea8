/**
 * Gives the dumps of a point back to a server: with a dump of what is there first, who uses it stopped, and what was there before back
 * in use where services do not work with what was restored.
 */
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { DumpRestorer } from "../ports/dump-restorer.ts";
import type { HeldContainer } from "../ports/intervention-journal.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { giveDumps, type GivenDumps } from "./give-dumps.ts";
import type { Holding } from "./interventions/service-holder.ts";
import { locatePoint, type LocatedPoint, type PointCopy } from "./locate-point.ts";
import { lockSource } from "./lock-source.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";
import { takeSafetyDump } from "./safety-dump.ts";

export interface DumpRestoreRequest {
  job: Job;
  source: Source;
  restorer: DumpRestorer;
  /** Those of the job: backups to them wait. */
  stores: readonly Store[];
  /** Of one point; in the order of preference. */
  copies: LocatedPoint["copies"];
  database: string | undefined;
  service: string | undefined;
  /** Services to stop while it is replaced, and to start again; none: nobody. */
  stops: readonly string[];
  /** Keep a dump of what is there before. */
  safety: boolean;
  /** Waited for before anything is replaced, with the id of the point that holds what is there. */
  replacing?: (safetyPoint: string | undefined) => Promise<void>;
  keepOld: boolean;
  rollsBack: boolean;
  /** What keeps those that were stopped from working again, as a clause. */
  failureAfter: (stopped: readonly HeldContainer[], signal: AbortSignal) => Promise<string | undefined>;
  signal: AbortSignal;
}

export interface DumpRestoreReport extends RunReport {
  /** That it was restored from. */
  copy: PointCopy;
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
  const { job, stores } = request;
  return performRun(
    context,
    { job: job.name, operation: "restore", trigger: "command" },
    async (reporter) => {
      const warn = (message: string): void => reporter.warn(message);
      const lock = await lockSource(context, { job: job.name, stores, signal: request.signal, warn });
      try {
        return await replaced(context, { ...request, signal: lock.signal }, reporter);
      } finally {
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
  const { job, stops, signal } = request;
  const { value, heldMs } = await context.services.hold(
    {
      ...{ job: job.name, mode: "stop", services: stops, grace: undefined, limit: job.timeout, signal },
      doing: `Restoring job ${job.name} in place`,
      onWarning: (message) => reporter.warn(message),
    },
    (until, holding) => exchanged(context, { ...request, signal: until }, { reporter, holding }),
  );
  const { given, safetyPoint } = value;
  const { restored, copy, warnings } = given;
  if (!request.keepOld) await restored.accept(signal);
  const [reason] = warnings;
  const { sourceBytes } = copy.point.record.totals;
  const kept = request.keepOld ? restored.kept : undefined;
  return {
    ...{ outcome: reason === undefined ? "succeeded" : "partial", reason, point: copy.point.id, sourceBytes },
    details: { store: copy.store.name, heldMs, safetyPoint, kept },
    ...{ bytes: sourceBytes, kept, safetyPoint, copy },
    warningCount: warnings.length,
  };
}

interface Exchanged {
  given: GivenDumps;
  safetyPoint: string | undefined;
}

/** While those are held that use what is replaced; they have worked with it when it resolves. */
async function exchanged(
  context: AppContext,
  request: DumpRestoreRequest,
  { reporter, holding }: { reporter: RunReporter; holding: Holding },
): Promise<Exchanged> {
  const { signal } = request;
  const safetyPoint = await safetyOf(context, request, reporter);
  await request.replacing?.(safetyPoint);
  const putBack = putBackOf(context, { ...request, safetyPoint }, reporter);
  let given: GivenDumps;
  try {
    given = await giveDumps(context, request, reporter);
  } catch (error) {
    throw request.restorer.isAtomic ? error : await afterHalf(request, { error, safetyPoint, putBack });
  }
  for (const warning of given.warnings) reporter.warn(warning);
  let why: string | undefined;
  if (holding.stopped.length > 0) {
    await holding.letRun();
    why = await request.failureAfter(holding.stopped, signal);
  }
  if (why === undefined) return { safetyPoint, given };
  const stays = `what was restored stays${safetyPoint === undefined ? "" : `; what was there before is in point ${safetyPoint}`}`;
  const revert = given.restored.revert ?? (request.restorer.isAtomic ? undefined : putBack);
  if (!request.rollsBack || revert === undefined) throw notWorking(request, why, stays);
  await holding.holdAgain(signal);
  await revert(signal);
  throw notWorking(request, why, "what was there before the restore is in use again");
}

/** By the point that holds it; undefined where there is none. */
function putBackOf(
  context: AppContext,
  request: DumpRestoreRequest & { safetyPoint: string | undefined },
  reporter: RunReporter,
): ((signal: AbortSignal) => Promise<void>) | undefined {
  const { safetyPoint: id, job, stores } = request;
  if (id === undefined) return undefined;
  return async (signal) => {
    const { catalog, stack } = context;
    const choice = { id };
    const { copies } = await locatePoint({ catalog, stack, stores, job: job.name, choice, signal });
    await giveDumps(context, { ...request, copies, signal }, reporter);
  };
}

/** What the server holds then is neither the old nor the new. Gives what to throw. */
async function afterHalf(
  { job, signal }: DumpRestoreRequest,
  { error, safetyPoint, putBack }: HalfRestored,
): Promise<unknown> {
  const failed = (next: string): HoldfastError =>
    new HoldfastError(error instanceof HoldfastError ? error.code : "source", {
      what: `Restoring job ${job.name}`,
      why: error instanceof HoldfastError ? error.facts.why : messageOf(error),
      next,
      cause: error,
    });
  const half = "the server may hold a part of what was restored: restore it again";
  if (putBack === undefined) return failed(half);
  const orBack = `${half}, or what was there before, which is in point ${safetyPoint ?? ""}`;
  // Who cancels does not wait for another restore.
  if (signal.aborted) return failed(orBack);
  try {
    await putBack(signal);
    return failed("what was there before the restore was put back");
  } catch (cause) {
    return failed(`${orBack} (putting that back failed, too: ${messageOf(cause).replace(/\.$/, "")})`);
  }
}

interface HalfRestored {
  error: unknown;
  safetyPoint: string | undefined;
  putBack: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** Id of the point; undefined where none was asked for. */
async function safetyOf(
  context: AppContext,
  request: DumpRestoreRequest,
  reporter: RunReporter,
): Promise<string | undefined> {
  if (!request.safety) return undefined;
  const { job, source, stores, copies, signal } = request;
  const record: CommitRecord = await takeSafetyDump(context, {
    ...{ job, source, stores, signal, before: copies[0].point.id },
    onProgress: (bytes) => reporter.progress({ phase: "keeping a dump of what is there", files: 0, bytes }),
  });
  return record.id;
}

function notWorking({ job }: DumpRestoreRequest, why: string, next: string): HoldfastError {
  const what = `Checking the services after the restore of job ${job.name}`;
  return new HoldfastError("source", { what, why, next });
}
