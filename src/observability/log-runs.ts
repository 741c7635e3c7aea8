/** Writes runs to the log: one line when a run starts, one for each warning, one when it ends, one for what was copied or pruned. */
import { formatDuration, formatSize } from "../domain/human-text.ts";
import type { Operation, RunRecord } from "../domain/run.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import type { Logger } from "./logger.ts";

interface RunIdentity {
  id: string;
  job: string;
  operation: Operation;
}

/** Progress is logged at debug, once a phase. A failed run's error is logged here and nowhere else. */
export function logRuns(logger: Logger): RunObserver {
  const phases = new Map<string, string>();
  const of = ({ id, job }: RunIdentity, phase = phases.get(id)): Logger =>
    logger.child({ run: id, job, ...(phase === undefined ? {} : { phase }) });
  return {
    runStarted(run) {
      of(run).info(`${titleOf(run)} started`);
    },
    runProgress(run, { phase }) {
      if (phases.get(run.id) === phase) return;
      phases.set(run.id, phase);
      of(run).debug(`${titleOf(run)} is ${phase}`);
    },
    runWarned(run, message) {
      of(run).warn(message);
    },
    runFinished(run, error) {
      logEnd(of(run), run, error);
      phases.delete(run.id);
    },
    pointsCopied({ job, store, points }) {
      if (points.length === 0) return;
      logger.child({ job }).info(`Copied ${countOf(points)} of ${job} to ${store}`, { store, points });
    },
    pointsPruned({ job, store, points }) {
      if (points.length === 0) return;
      logger.child({ job }).info(`Pruned ${countOf(points)} of ${job} in ${store}`, { store, points });
    },
  };
}

function countOf({ length }: readonly string[]): string {
  return length === 1 ? "1 point" : `${length} points`;
}

function logEnd(logger: Logger, run: RunRecord, error: unknown): void {
  const facts = factsOf(run);
  const sentence = `${titleOf(run)} ${ENDINGS[run.outcome]} ${formatDuration(run.durationMs)}`;
  const reason = run.reason === undefined ? "" : `: ${run.reason}`;
  switch (run.outcome) {
    case "succeeded":
      return logger.info(sentence + amountOf(run), facts);
    case "skipped":
      return logger.info(sentence + reason, facts);
    case "partial":
    case "cancelled":
      return logger.warn(sentence + reason, facts);
    case "failed":
      return error === undefined ? logger.error(sentence + reason, facts) : logger.failure(error, facts);
  }
}

const ENDINGS = {
  succeeded: "succeeded in",
  partial: "ended partial after",
  failed: "failed after",
  cancelled: "was cancelled after",
  skipped: "was skipped after",
};

const TITLES: Record<Operation, string> = {
  backup: "Backup",
  prune: "Prune",
  verify: "Verify",
  restore: "Restore",
  drill: "Drill",
  gameday: "Game day",
  copy: "Copy",
};

function titleOf({ operation, job }: RunIdentity): string {
  return `${TITLES[operation]} of ${job}`;
}

function amountOf({ files, sourceBytes }: RunRecord): string {
  if (files === undefined || sourceBytes === undefined) return "";
  return `: ${files} ${files === 1 ? "file" : "files"}, ${formatSize(sourceBytes)}`;
}

/** What a machine filters by. */
function factsOf(run: RunRecord) {
  const { operation, outcome, trigger, durationMs, point, files, sourceBytes, warningCount, stores } = run;
  return { operation, outcome, trigger, durationMs, point, files, sourceBytes, warningCount, stores };
}
