/** Drills a recovery point: restores it somewhere harmless, looks at what came out of it, and takes it away again. */
import { formatCount } from "../domain/human-text.ts";
import type { CatalogPoint, CommitRecord } from "../domain/recovery-point.ts";
import type { Trigger } from "../domain/run.ts";
import type { Store } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import { DrillPhases, type DrillPhase } from "./drill-phases.ts";
import type { PointChoice } from "./find-point.ts";
import { keepProof } from "./keep-proof.ts";
import { locatePoint, type PointCopy } from "./locate-point.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "./perform-run.ts";

/** How points of one kind are drilled. */
export interface PointDrill {
  /** A drill of the same job in another process is what `clean` would take for a leftover. */
  readonly isExclusive: boolean;
  /** Takes away what killed drills of the job have left; gives the names of what that was. */
  clean(job: string, signal: AbortSignal): Promise<string[]>;
  /** Leaves nothing, whatever happens. Throws for what says nothing about the point: a cloud that refuses, a full disk. */
  drill(copy: PointCopy, options: DrillOptions): Promise<DrillFindings>;
}

export interface DrillOptions {
  reporter: RunReporter;
  /** All that counts for the measured time: until the checks have passed, and not what is cleared away afterwards. */
  phases: DrillPhases;
  signal: AbortSignal;
}

export interface DrillFindings {
  /** One sentence each, on what is wrong with the point. */
  problems: string[];
  /** What was made, for people. */
  made: string[];
  /** Of what was restored. */
  bytes: number;
}

export interface DrillRequest {
  job: string;
  trigger: Trigger;
  stores: readonly Store[];
  choice: PointChoice;
  drill: PointDrill;
  signal: AbortSignal;
}

export interface DrillReport extends RunReport, DrillFindings {
  drilled: CatalogPoint;
  restoreMs: number;
  phases: DrillPhase[];
  leftovers: string[];
}

/** Rejects never; see performRun. A run whose point turned out to be bad is a failed one, with a failed proof. */
export async function runDrill(
  context: AppContext,
  request: DrillRequest,
): Promise<FinishedRun<DrillReport>> {
  const { job, trigger, signal, drill } = request;
  return performRun(context, { job, operation: "drill", trigger }, async (reporter) => {
    const { catalog, stack, clock } = context;
    const phases = new DrillPhases(clock);
    const { copies, points, warnings } = await phases.measure("finding the point", () =>
      locatePoint({ ...request, catalog, stack }),
    );
    for (const warning of warnings) reporter.warn(warning);
    const copy = inTurn(copies, points);
    const { store, point } = copy;
    const held = drill.isExclusive
      ? await context.locks.hold(store, { operation: "drill", job, signal })
      : undefined;
    try {
      const going = held === undefined ? signal : AbortSignal.any([signal, held.signal]);
      const leftovers = await drill.clean(job, going);
      for (const name of leftovers)
        reporter.warn(`${name} was left by a drill that was killed, and is removed.`);
      const { problems, made, bytes } = await drill.drill(copy, { reporter, phases, signal: going });
      const measured = { restoreMs: phases.total(), phases: phases.all(), bytes };
      const told = toldInProof(point.record, problems);
      await keepProof(context, store, point, { operation: "drill", problems: told, measured }, reporter);
      return {
        outcome: problems.length === 0 ? "succeeded" : "failed",
        reason: problems[0],
        point: point.id,
        sourceBytes: point.record.totals.sourceBytes,
        warningCount: warnings.length + leftovers.length,
        details: { store: store.name, ...measured, made, leftovers },
        ...{ drilled: point, leftovers, problems, made, ...measured },
      };
    } finally {
      await held?.release();
    }
  });
}

/** From the store whose points were not drilled for longest: each has its turn. */
function inTurn(copies: readonly [PointCopy, ...PointCopy[]], points: readonly CatalogPoint[]): PointCopy {
  const lastDrill = ({ store }: PointCopy) =>
    points
      .filter((point) => point.store === store.name && point.lastProof?.operation === "drill")
      .reduce((latest, { lastProof }) => Math.max(latest, Date.parse(lastProof?.at ?? "")), -Infinity);
  return copies.reduce((best, copy) => (lastDrill(copy) < lastDrill(best) ? copy : best));
}

/** It is kept in plain text: of an encrypted point it names nothing that is in it. */
function toldInProof({ encryption }: CommitRecord, problems: readonly string[]): readonly string[] {
  if (encryption === null || problems.length === 0) return problems;
  return [`${formatCount(problems.length, "problem")}, which the log of the drill tells.`];
}
