/** Drills the whole stack: brings it up a second time out of its points, where it reaches nobody, looks at it, and takes it away. */
import { randomBytes } from "node:crypto";
import { bringUpCopy, type RunningCopy } from "../app/project-copy/bring-up-copy.ts";
import { sweepCopies } from "../app/project-copy/remove-copy.ts";
import { drillPlaces, makeDrillPlace, sweepDrillPlaces, type DrillPlace } from "../app/drill/drill-place.ts";
import { sweepThrowaways } from "../app/drill/throwaway-container.ts";
import { DrillPhases, type DrillPhase } from "../app/drill-phases.ts";
import { performRun, type FinishedRun, type RunReport, type RunReporter } from "../app/perform-run.ts";
import { gatherPlan } from "../app/recover/gather-plan.ts";
import { leftText } from "../app/recover/recovery-report.ts";
import { StackServices } from "../app/recover/stack-services.ts";
import { CONFIG_JOB } from "../domain/config-job.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import type { Instant, Milliseconds } from "../domain/instant.ts";
import type { RecoveryPlan } from "../domain/recovery-plan.ts";
import type { Trigger } from "../domain/run.ts";
import type { Stack } from "./compose.ts";
import { copyHealthLimit, planStackCopy, type PlannedCopy } from "./compose-copies.ts";

export interface StackDrillRequest {
  trigger: Trigger;
  /** The newest points not after this moment; undefined: the newest. */
  at?: Instant | undefined;
  actor?: string | undefined;
  signal: AbortSignal;
}

export interface StackDrillReport extends RunReport {
  /** Clauses: what was wrong with it. */
  problems: readonly string[];
  warnings: readonly string[];
  phases: readonly DrillPhase[];
  restoreMs: Milliseconds;
  bytes: number;
  points: readonly { job: string; id: string; store: string }[];
  containers: number;
}

/** In the history it is the drill of the job that holds what the stack is made of. Rejects never; see performRun. */
export function runStackDrill(
  stack: Stack,
  { trigger, at, actor, signal }: StackDrillRequest,
): Promise<FinishedRun<StackDrillReport>> {
  const context = actor === undefined ? stack.context : { ...stack.context, actor };
  return performRun(context, { job: CONFIG_JOB, operation: "drill", trigger }, async (reporter) => {
    const { scratchDirectory } = stack.config;
    for (const left of await endKilledStackDrills(stack, signal))
      reporter.warn(`The ${left} was left by a drill that was killed, and is removed.`);
    const place = await makeDrillPlace(scratchDirectory, context.processes);
    try {
      return await drilled(stack, { at, place, reporter, signal });
    } finally {
      await place.remove();
    }
  });
}

/** What drills of the stack have left that were killed; gives what that was. */
export async function endKilledStackDrills(stack: Stack, signal: AbortSignal): Promise<string[]> {
  const { context, config, copies, runtime } = stack;
  const { scratchDirectory: scratch } = config;
  await sweepDrillPlaces(scratch, context.processes);
  const places = () => drillPlaces(scratch);
  await sweepThrowaways(context, await places(), signal);
  const projects = await sweepCopies({ engine: copies, runtime }, { stack: config.stack, places }, signal);
  return projects.map((project) => `project ${project}`);
}

interface Drilling {
  at: Instant | undefined;
  place: DrillPlace;
  reporter: RunReporter;
  signal: AbortSignal;
}

async function drilled(stack: Stack, drilling: Drilling): Promise<StackDrillReport> {
  const { reporter, signal } = drilling;
  const phases = new DrillPhases(stack.context.clock);
  const { plan, planned } = await phases.measure("planning", () => planDrill(stack, drilling));
  const { copy, steps } = planned;
  let running: RunningCopy;
  try {
    running = await bringUpCopy(copy, { steps, servers: plan.servers, phases, signal });
  } finally {
    if (copy.isBegun) await copy.remove().catch((error: unknown) => reporter.warn(messageOf(error)));
  }
  return reportOf(running, { plan, planned, reporter });
}

async function planDrill(
  stack: Stack,
  { at, place, reporter, signal }: Drilling,
): Promise<{ plan: RecoveryPlan; planned: PlannedCopy }> {
  const { runtime, config, context } = stack;
  const own = await runtime.ownContainer(signal);
  const original = own?.compose?.project ?? config.project;
  const warn = (sentence: string): void => reporter.warn(sentence);
  const services = new StackServices({
    ...{ runtime, clock: context.clock, project: original, healthLimit: copyHealthLimit(stack) },
  });
  const { plan, warnings } = await gatherPlan(context, {
    ...{ jobs: stack.jobs, only: [], at, goesOn: undefined, services, signal, usersOf: async () => [] },
  });
  for (const warning of warnings) warn(warning);
  if (plan.restores.length === 0)
    throw new HoldfastError("not-found", {
      what: "Drilling the stack",
      why: "no job has a point that could be restored",
      next: "make one by `holdfast backup`",
    });
  const planned = await planStackCopy(stack, {
    project: `${original.slice(0, 40)}-drill-${randomBytes(3).toString("hex")}`,
    ...{ steps: plan.restores, place: place.name, warn, signal, tell: () => undefined },
    limits: { ...config.stackDrill.limits, yields: true },
  });
  return { plan, planned };
}

function reportOf(
  { failures, services, warnings, phases, ms }: RunningCopy,
  { plan, planned, reporter }: { plan: RecoveryPlan; planned: PlannedCopy; reporter: RunReporter },
): StackDrillReport {
  const { steps, copy } = planned;
  const told = [
    ...warnings,
    ...services.flatMap(({ container, error }) =>
      error === undefined ? [] : `The log of ${container} says: ${error}`,
    ),
    ...[...plan.leftAlone, ...planned.leftAlone].map((left) => `Not restored: ${leftText(left)}`),
  ];
  for (const warning of told) reporter.warn(warning);
  const bytes = steps.reduce((sum, { point }) => sum + point.sourceBytes, 0);
  const points = steps.map(({ job, point }) => ({ job, id: point.id, store: point.store }));
  const containers = copy.plan.containers.length;
  return {
    outcome: failures.length === 0 ? "succeeded" : "failed",
    reason: failures.length === 0 ? undefined : failures.join("; "),
    ...{ problems: failures, warnings: told, phases, restoreMs: ms, bytes, points, containers },
    ...{ sourceBytes: bytes, warningCount: told.length },
    details: { phases, restoreMs: ms, bytes, points, containers },
  };
}
