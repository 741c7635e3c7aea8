/** What every run has in common, whatever it does: an id, observers, a line in the history and the audit trail, an outcome. */
import { randomUUID } from "node:crypto";
import { asError, hasCode } from "../domain/errors.ts";
import type { Operation, Outcome, RunRecord, Trigger } from "../domain/run.ts";
import type { RunProgress } from "../ports/run-observer.ts";
import type { AppContext } from "./app-context.ts";

export interface RunRequest {
  job: string;
  operation: Operation;
  trigger: Trigger;
  /** Given where somebody was told the id before the run began. */
  id?: string | undefined;
}

/** What the work of a run can tell while it goes on. */
export interface RunReporter {
  readonly id: string;
  progress(progress: RunProgress): void;
  warn(message: string): void;
}

/** What the work of a run says of itself at its end. */
export interface RunReport {
  /** `failed` where the work was done and found what it looked for, as a verify does; otherwise it throws. */
  outcome: Exclude<Outcome, "cancelled">;
  reason?: string | undefined;
  point?: string | undefined;
  sourceBytes?: number | undefined;
  files?: number | undefined;
  restoreMs?: number | undefined;
  warningCount?: number | undefined;
  stores?: RunRecord["stores"] | undefined;
  /** For the audit trail. */
  details?: Record<string, unknown> | undefined;
}

export interface FinishedRun<Report extends RunReport> {
  run: RunRecord;
  /** Undefined exactly when the work threw. */
  report: Report | undefined;
  error: Error | undefined;
}

/** Never rejects for a failure of the work: that is a run with the outcome `failed` or `cancelled`, and its error. */
export async function performRun<Report extends RunReport>(
  context: AppContext,
  request: RunRequest,
  work: (reporter: RunReporter) => Promise<Report>,
): Promise<FinishedRun<Report>> {
  const { clock, observer } = context;
  const { job, operation, id = randomUUID() } = request;
  const startedAt = clock.now();
  const began = clock.monotonic();
  const identity = { id, job, operation };
  observer.runStarted?.({ ...identity, startedAt });
  const { report, error } = await settle(
    work({
      id,
      progress: (progress) => observer.runProgress?.(identity, progress),
      warn: (message) => observer.runWarned?.(identity, message),
    }),
  );
  const durationMs = Math.round(clock.monotonic() - began);
  const times = { ...request, id, startedAt, durationMs, finishedAt: clock.now() };
  const run = runRecord(times, { report, error, hide: context.hideSecrets });
  remember(context, run, report?.details);
  observer.runFinished?.(run, error);
  return { run, report, error };
}

async function settle<Report>(
  work: Promise<Report>,
): Promise<{ report: Report | undefined; error: Error | undefined }> {
  try {
    return { report: await work, error: undefined };
  } catch (thrown) {
    return { report: undefined, error: asError(thrown) };
  }
}

type RunTimes = Pick<
  RunRecord,
  "id" | "job" | "operation" | "trigger" | "startedAt" | "finishedAt" | "durationMs"
>;

function runRecord(
  of: RunTimes,
  {
    report,
    error,
    hide,
  }: { report: RunReport | undefined; error: Error | undefined; hide: (text: string) => string },
): RunRecord {
  const { id, job, operation, trigger, startedAt, finishedAt, durationMs } = of;
  const reason = error?.message ?? report?.reason;
  return {
    ...{ id, job, operation, trigger, startedAt, finishedAt, durationMs },
    outcome: report?.outcome ?? (hasCode(error, "cancelled") ? "cancelled" : "failed"),
    warningCount: report?.warningCount ?? 0,
    stores: (report?.stores ?? []).map((store) =>
      store.error === undefined ? store : { ...store, error: hide(store.error) },
    ),
    ...(report?.point === undefined ? {} : { point: report.point }),
    ...(report?.sourceBytes === undefined ? {} : { sourceBytes: report.sourceBytes }),
    ...(report?.files === undefined ? {} : { files: report.files }),
    ...(report?.restoreMs === undefined ? {} : { restoreMs: report.restoreMs }),
    ...(reason === undefined ? {} : { reason: hide(reason) }),
  };
}

/** History is not what a run is for: a full or read-only state directory must not turn a good backup into a failed one. */
function remember(
  { state, actor, observer }: AppContext,
  run: RunRecord,
  details: RunReport["details"],
): void {
  try {
    state.runs.add(run);
    state.audit.record({
      at: run.finishedAt,
      actor,
      operation: run.operation,
      job: run.job,
      outcome: run.outcome,
      details: { run: run.id, trigger: run.trigger, point: run.point, reason: run.reason, ...details },
    });
  } catch (error) {
    observer.runWarned?.(run, `The history could not be written: ${asError(error).message}`);
  }
}
