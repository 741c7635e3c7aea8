/**
 * Brings a stack back: stops what works with the data, restores volumes side by side, then dumps into their servers, and starts services
 * in the order in which they need one another. Each step is on disk before it is begun. What was cut off is gone on with; until then
 * services stay stopped, so that none works on data of which only a part is back.
 */
import { HoldfastError, messageOf, type ErrorCode } from "../../domain/errors.ts";
import { formatDuration } from "../../domain/human-text.ts";
import type { RecoveryPlan } from "../../domain/recovery-plan.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Container } from "../../ports/container-runtime.ts";
import type { RecoveryLog, RecoveryRecord, RecoveryStep } from "../../ports/recovery-log.ts";
import { inParallel } from "../in-parallel.ts";
import { checkServices, type ServiceCheck } from "./check-services.ts";
import { outerFirst } from "./nesting.ts";
import type { StackServices } from "./stack-services.ts";

/** Volumes that are restored at once. */
export const PARALLEL_VOLUMES = 2;

export interface RecoveryContext {
  clock: Clock;
  log: RecoveryLog;
  services: StackServices;
  /**
   * Does one step. What it replaces is whole, old or new, also when it throws; old, unless it throws `runtime`, `internal` or
   * because it is cancelled.
   */
  restore: (step: RecoveryStep, turn: StepTurn) => Promise<StepOutcome>;
  /** By job: how many others' data its own lies within, as nestingOf tells. */
  nesting: ReadonlyMap<string, number>;
  /** What else has to pass once services run: a clause for each that does not. */
  failedChecks: (signal: AbortSignal) => Promise<string[]>;
  /** Told of each step in a sentence. Must not throw. */
  tell: (sentence: string) => void;
}

export interface StepTurn {
  /** What is there is not what a killed attempt left: nobody has kept it yet. */
  isFresh: boolean;
  /** To be waited for once, before anything is changed; with where what is there is kept, as a clause. */
  replacing: (kept?: string) => Promise<void>;
  signal: AbortSignal;
}

export interface StepOutcome {
  /** Where what was there before is, for what is known only now. */
  safety: string | undefined;
  warnings: readonly string[];
}

export interface Recovered {
  record: RecoveryRecord;
  services: readonly ServiceCheck[];
  /** Clauses: what keeps the stack from being well. */
  failures: readonly string[];
  /** From its first step, over all attempts. */
  ms: number;
}

/** Throws what a step throws, with what is to be done. */
export async function runRecovery(
  context: RecoveryContext,
  { plan, record, signal }: { plan: RecoveryPlan; record: RecoveryRecord; signal: AbortSignal },
): Promise<Recovered> {
  const { clock, log, services, tell } = context;
  const beganAt = clock.now();
  const isFirstChange = record.changedAt === undefined;
  record.attempts += 1;
  await log.write(record);
  try {
    if (record.servicesStartedAt === undefined) {
      await restoreAll(context, { plan, record, signal });
      record.servicesStartedAt = clock.now();
      await log.write(record);
    }
    const started = await services.startAll(isToRun(plan, record), { tell, signal });
    const checks = await checkServices(services, started, { since: beganAt, signal });
    const failures = [
      ...checks.flatMap(({ failure }) => failure ?? []),
      ...(await context.failedChecks(signal)),
    ];
    return { record, services: checks, failures, ms: clock.now() - record.startedAt };
  } catch (error) {
    throw await notFinished(context, { record, error, isFirstChange, signal });
  }
}

interface Going {
  plan: RecoveryPlan;
  record: RecoveryRecord;
  signal: AbortSignal;
}

async function restoreAll(context: RecoveryContext, { plan, record, signal }: Going): Promise<void> {
  const { log, services, tell } = context;
  await forgetTouched(context, { plan, record, signal });
  const running = await services.running(plan.stops, signal);
  record.stopped = [...new Set([...record.stopped, ...running.map(({ name }) => name)])];
  await log.write(record);
  await services.stopAll(running, { tell, signal });
  const of = (kind: RecoveryStep["kind"]): RecoveryStep[] =>
    record.steps.filter((step) => step.kind === kind && step.doneAt === undefined);
  for (const steps of outerFirst(of("volume"), context.nesting))
    await inParallel(steps, PARALLEL_VOLUMES, (step) => restoreOne(context, { step, record, signal }));
  if (of("dump").length === 0) return;
  await services.startNamed(plan.servers, { tell, signal });
  for (const step of of("dump")) await restoreOne(context, { step, record, signal });
}

/** Data that services have worked with since it was restored is that of no one moment any more. */
async function forgetTouched(
  { services, tell }: RecoveryContext,
  { plan, record, signal }: Going,
): Promise<void> {
  const begun = record.steps.flatMap(({ begunAt }) => begunAt ?? []);
  if (begun.length === 0) return;
  const first = Math.min(...begun);
  const others = (await services.all(signal)).filter(
    ({ compose }) => !plan.servers.includes(compose?.service ?? ""),
  );
  const since = others.filter(({ startedAt }) => startedAt !== undefined && startedAt >= first);
  if (since.length === 0) {
    const done = record.steps.filter(({ doneAt }) => doneAt !== undefined).map(({ job }) => job);
    if (done.length > 0) tell(`Restored before it was cut off, and not again: ${done.join(", ")}.`);
    return;
  }
  tell(`${since.map(({ name }) => name).join(", ")} ran since it was cut off: everything is restored again.`);
  for (const step of record.steps) step.begunAt = step.doneAt = undefined;
}

async function restoreOne(
  { clock, log, restore, tell }: RecoveryContext,
  { step, record, signal }: { step: RecoveryStep; record: RecoveryRecord; signal: AbortSignal },
): Promise<void> {
  tell(`Restoring ${step.job} from point ${step.point.id} in ${step.point.store}`);
  const began = clock.monotonic();
  const keep = (where: string | undefined): void => {
    if (where !== undefined) step.safety = step.safety === undefined ? where : `${step.safety}; ${where}`;
  };
  const replacing = async (kept?: string): Promise<void> => {
    keep(kept);
    step.begunAt ??= clock.now();
    record.changedAt ??= step.begunAt;
    await log.write(record);
  };
  const { safety, warnings } = await restore(step, {
    ...{ replacing, signal, isFresh: step.begunAt === undefined },
  });
  keep(safety);
  step.warnings = warnings;
  step.ms = Math.round(clock.monotonic() - began);
  step.doneAt = clock.now();
  await log.write(record);
  tell(`Restored ${step.job} in ${formatDuration(step.ms)}`);
}

/** Of a part of the stack only what ran before; of all of it also what has never run, as Compose makes it by `up --no-start`. */
function isToRun({ stops, servers }: RecoveryPlan, { stopped, only }: RecoveryRecord) {
  return ({ name, state, compose }: Container): boolean =>
    stopped.includes(name) ||
    (only.length === 0 && (state === "created" || stops.includes(compose?.service ?? ""))) ||
    servers.includes(compose?.service ?? "");
}

interface Failed {
  record: RecoveryRecord;
  error: unknown;
  /** Nothing had been changed when this attempt began. */
  isFirstChange: boolean;
  signal: AbortSignal;
}

/** Nothing is left stopped for a recovery that has changed nothing. */
async function notFinished(
  { log, services, tell }: RecoveryContext,
  { record, error, isFirstChange, signal }: Failed,
): Promise<HoldfastError> {
  const facts = error instanceof HoldfastError ? error.facts : undefined;
  const code = error instanceof HoldfastError ? error.code : "internal";
  const isUnchanged =
    record.changedAt === undefined ||
    (isFirstChange && !signal.aborted && !UNKNOWN.includes(code) && isWithoutTrace(record));
  const what = "Recovering the stack";
  const why = messageOf(error).replace(/\.$/, "");
  const about = { what, why, cause: error, transient: facts?.transient === true };
  if (record.servicesStartedAt !== undefined) {
    const next = `everything is restored, but not every service was started: mend that, then \`holdfast recover\` starts them and looks at them`;
    return new HoldfastError(code, { ...about, next });
  }
  if (!isUnchanged) {
    const next = `its services stay stopped until it has ended: mend that, then \`holdfast recover\` goes on where it stopped; \`holdfast recover --abandon\` starts them with what is there now`;
    return new HoldfastError(code, { ...about, next });
  }
  try {
    await services.startNames(record.stopped, { tell });
    await log.drop();
    return new HoldfastError(code, { ...about, next: "nothing was changed, and what ran before runs again" });
  } catch (second) {
    const next = `nothing was changed, but services do not run again (${messageOf(second)}): \`holdfast recover --abandon\` starts them`;
    return new HoldfastError(code, { ...about, next });
  }
}

/** With these nobody knows how far a restore came. */
const UNKNOWN: readonly ErrorCode[] = ["runtime", "internal", "cancelled"];

/** What failed of a volume put back what was there before. */
function isWithoutTrace({ steps }: RecoveryRecord): boolean {
  return steps.every(({ kind, begunAt, doneAt }) =>
    kind === "volume" ? doneAt === undefined : begunAt === undefined,
  );
}
