/** `holdfast recover`: the whole stack, by a plan that is shown and confirmed first. */
import { randomBytes } from "node:crypto";
import { lockSource } from "../app/lock-source.ts";
import { gatherPlan } from "../app/recover/gather-plan.ts";
import { nestingOf } from "../app/recover/nesting.ts";
import { runRecovery } from "../app/recover/run-recovery.ts";
import { StackServices } from "../app/recover/stack-services.ts";
import type { Stack } from "../daemon/compose.ts";
import { dataOfJob } from "../daemon/compose-copies.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { formatCount } from "../domain/human-text.ts";
import { parseIsoTime } from "../domain/iso-time.ts";
import type { RecoveryPlan } from "../domain/recovery-plan.ts";
import { pointId } from "../domain/recovery-point.ts";
import type { RecoveryRecord, RecoveryStep } from "../ports/recovery-log.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { endRecovery } from "./end-recovery.ts";
import { recoverToProject } from "./recover-copy.ts";
import { recoverDumps } from "./recover-dumps.ts";
import { recoverVolume } from "./recover-volume.ts";
import { recoverFrom, type FromOptions } from "./recover-from.ts";
import { servicesOf } from "./stack-services-of.ts";
import { assertServersExist } from "./recovery-needs.ts";
import { planJson, planText, type PlanInWords } from "./recovery-text.ts";
import { assertReportFile } from "./report-file.ts";
import { showRuns } from "./run-progress.ts";
import { printJson, printLine, warnLine, write } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

export interface RecoverOptions extends FromOptions {
  only?: string[];
  dryRun?: boolean;
  yes?: boolean;
  report?: string;
  abandon?: boolean;
  /** Name of a project that is made, instead of replacing what runs. */
  toProject?: string;
  /** False: no copy is kept of what is there. */
  safety?: boolean;
}

export const recover: Verb<RecoverOptions> = async (context, options) => {
  if (context.from !== undefined) return recoverFrom(context, options);
  if (options.to !== undefined) throw toWithoutFrom();
  return withStack(context, (stack) => recoverStack(context, stack, options), [showRuns(context)]);
};

function toWithoutFrom(): HoldfastError {
  const next = "leave it out, or restore single jobs by `holdfast restore --to`";
  return new HoldfastError("usage", { what: "Recovering the stack", why: "--to is for --from", next });
}

async function recoverStack(context: VerbContext, stack: Stack, options: RecoverOptions): Promise<ExitCode> {
  const { signal, terminal } = context;
  await assertReportFile(options.report);
  const services = await servicesOf(stack, signal);
  const { toProject } = options;
  if (toProject !== undefined && options.abandon !== true)
    return recoverToProject(context, stack, { options: { ...options, toProject }, services });
  const open = await stack.recoveries.current();
  if (options.abandon === true) return abandon(context, stack, { services, open });
  const goesOn = continued(options, open);
  const at =
    goesOn?.at ?? (options.at === undefined ? undefined : parseIsoTime(options.at, stack.config.timezone));
  const only = goesOn?.only ?? options.only ?? [];
  for (const name of only) stack.job(name);
  const { plan, warnings } = await gatherPlan(stack.context, {
    ...{ jobs: stack.jobs, only, at, goesOn, services, signal },
    usersOf: async (job, until) => (await stack.restorer.reach(job, until))?.services ?? [],
  });
  for (const warning of warnings) warnLine(terminal, warning);
  const words = { stack: stack.config.stack, plan, at, goesOn, isWithoutSafety: options.safety === false };
  if (options.dryRun === true) return showPlan(context, words);
  await assertServersExist(stack, { plan, services, signal });
  await confirm(context, words, options.yes === true);
  const record = goesOn ?? newRecord(stack, { plan, at, only });
  return carryOut(context, stack, { options, services, plan, record });
}

/** What was chosen when it began stays chosen. */
function continued(
  { at, only }: RecoverOptions,
  open: RecoveryRecord | undefined,
): RecoveryRecord | undefined {
  if (open === undefined || (at === undefined && only === undefined)) return open;
  throw new HoldfastError("refused", {
    what: "Beginning a recovery",
    why: `the one that was begun at ${new Date(open.startedAt).toISOString()} has not ended`,
    next: "go on with it by `holdfast recover` without --at and --only, or give it up with `holdfast recover --abandon`",
  });
}

async function showPlan({ terminal, json }: VerbContext, words: PlanInWords): Promise<ExitCode> {
  if (json) await printJson(terminal, planJson(words));
  else await printLine(terminal, `${planText(words)}\nNothing was done: this is a dry run.`);
  return EXIT.done;
}

async function confirm({ terminal, json }: VerbContext, words: PlanInWords, yes: boolean): Promise<void> {
  const what = "Recovering the stack";
  if (words.plan.restores.length === 0) {
    const each = words.plan.leftAlone.map(({ job, why }) => `${job}: ${why}`).join("; ");
    throw new HoldfastError("refused", { what, why: `no job has a point that could be restored (${each})` });
  }
  if (!json || !yes) await write(terminal.stderr, `${planText(words)}\n\n`);
  if (yes) return;
  const typed = await terminal.ask(`Type ${words.stack} to begin: `);
  if (typed?.trim() === words.stack) return;
  throw new HoldfastError("refused", {
    what,
    why: typed === undefined ? "nobody confirmed it" : "it was not confirmed",
    next: typed === undefined ? "add --yes" : "nothing was changed",
  });
}

function newRecord(
  { config, context: { clock } }: Stack,
  { plan, at, only }: { plan: RecoveryPlan; at: number | undefined; only: readonly string[] },
): RecoveryRecord {
  const now = clock.now();
  return {
    ...{ id: pointId(now, randomBytes(2).toString("hex")), stack: config.stack, startedAt: now, at, only },
    steps: plan.restores.map(({ job, kind, point }) => ({
      ...{ job, kind, point, begunAt: undefined, doneAt: undefined, ms: undefined, safety: undefined },
      warnings: [],
    })),
    ...{ stopped: [], changedAt: undefined, servicesStartedAt: undefined, attempts: 0 },
  };
}

interface CarryOut {
  options: RecoverOptions;
  services: StackServices;
  plan: RecoveryPlan;
  record: RecoveryRecord;
}

/** No backup runs meanwhile: it would be one of a stack of which only a part is back. */
async function carryOut(
  context: VerbContext,
  stack: Stack,
  { options, services, plan, record }: CarryOut,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const warn = (message: string): void => warnLine(terminal, message);
  const lock = await lockSource(stack.context, { job: "all", stores: storesOf(stack), signal, warn });
  const safety = options.safety !== false;
  try {
    await stack.context.services.settle(lock.signal);
    const recovered = await runRecovery(
      {
        ...{ clock: stack.context.clock, log: stack.recoveries, services },
        tell: (sentence) => terminal.stderr.write(`${sentence}\n`),
        failedChecks: (until) => failedChecks(stack, record.steps, until),
        nesting: await nestingOfJobs(stack, record.steps, lock.signal),
        restore: (step, turn) =>
          step.kind === "volume"
            ? recoverVolume(context, step, { stack, safety, ...turn })
            : recoverDumps(step, { stack, safety, ...turn }),
      },
      { plan, record, signal: lock.signal },
    );
    return await endRecovery(context, stack, { options, plan, recovered });
  } catch (error) {
    if (!signal.aborted) throw error;
    warn(messageOf(error));
    return exitCodeOf(signal.reason);
  } finally {
    await lock.release();
  }
}

async function nestingOfJobs(stack: Stack, steps: readonly RecoveryStep[], signal: AbortSignal) {
  const volumes = steps.filter(({ kind }) => kind === "volume");
  const found = await Promise.all(volumes.map(({ job }) => dataOfJob(stack, job, signal)));
  return nestingOf(found.flatMap((data) => data ?? []));
}

function storesOf({ stores, config }: Stack) {
  return stores.filter(({ name }) => config.stores.some((store) => store.name === name));
}

async function failedChecks(
  stack: Stack,
  steps: readonly RecoveryStep[],
  signal: AbortSignal,
): Promise<string[]> {
  const failures: string[] = [];
  for (const { job: name } of steps) {
    const { job } = stack.job(name);
    const failure = await stack.restorer.failureAfter([], job.afterRestore, signal);
    if (failure !== undefined) failures.push(`${name}: ${failure}`);
  }
  return failures;
}

async function abandon(
  { terminal, signal }: VerbContext,
  stack: Stack,
  { services, open }: { services: StackServices; open: RecoveryRecord | undefined },
): Promise<ExitCode> {
  if (open === undefined) {
    await printLine(terminal, "No recovery is under way.");
    return EXIT.done;
  }
  const tell = (sentence: string): void => void terminal.stderr.write(`${sentence}\n`);
  const started = await services.startAll(({ name }) => open.stopped.includes(name), { tell, signal });
  await stack.recoveries.drop();
  const done = open.steps.filter(({ doneAt }) => doneAt !== undefined).map(({ job }) => job);
  const what =
    done.length === 0 ? "Nothing was restored." : `Restored are ${done.join(", ")}, and nothing else.`;
  await printLine(
    terminal,
    `The recovery was given up. ${what} ${formatCount(started.length, "container")} run again.`,
  );
  return EXIT.done;
}
