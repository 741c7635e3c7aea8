/** `holdfast recover --to-project NAME`: the stack as it was, beside the one that runs, which goes on untouched. */
import { writeFile } from "node:fs/promises";
import { DrillPhases } from "../app/drill-phases.ts";
import { bringUpCopy } from "../app/project-copy/bring-up-copy.ts";
import {
  copyJson,
  copyMarkdown,
  copyOutcome,
  differencesOf,
  type CopyReport,
} from "../app/project-copy/copy-report.ts";
import { removalCommand } from "../app/project-copy/remove-copy.ts";
import { gatherPlan } from "../app/recover/gather-plan.ts";
import { leftText } from "../app/recover/recovery-report.ts";
import type { StackServices } from "../app/recover/stack-services.ts";
import type { Stack } from "../daemon/compose.ts";
import { planStackCopy, type PlannedCopy } from "../daemon/compose-copies.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { formatDuration } from "../domain/human-text.ts";
import { parseIsoTime } from "../domain/iso-time.ts";
import type { RecoveryPlan } from "../domain/recovery-plan.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { planJson, restoresTable } from "./recovery-text.ts";
import { keyArguments } from "./restore-in-stack.ts";
import { printJson, printLine, warnLine, write } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

export interface CopyOptions {
  toProject: string;
  only?: readonly string[];
  at?: string;
  dryRun?: boolean;
  report?: string;
}

export async function recoverToProject(
  context: VerbContext,
  stack: Stack,
  { options, services }: { options: CopyOptions; services: StackServices },
): Promise<ExitCode> {
  const { terminal, signal, json } = context;
  const { only = [], toProject: project } = options;
  const at = options.at === undefined ? undefined : parseIsoTime(options.at, stack.config.timezone);
  for (const name of only) stack.job(name);
  const { plan, warnings } = await gatherPlan(stack.context, {
    ...{ jobs: stack.jobs, only, at, goesOn: undefined, services, signal, usersOf: async () => [] },
  });
  for (const warning of warnings) warnLine(terminal, warning);
  const steps = plan.restores;
  if (steps.length === 0) throw nothingToRestore(project);
  const planned = await planStackCopy(stack, {
    ...{ project, steps, signal, limits: {} },
    keyArguments: (own) => keyArguments(context, { own }),
    tell: (sentence) => terminal.stderr.write(`${sentence}\n`),
    warn: (sentence) => warnLine(terminal, sentence),
  });
  const words = { stack: stack.config.stack, plan, planned, at };
  if (options.dryRun === true) {
    await (json
      ? printJson(terminal, dryJson(words))
      : printLine(terminal, `${planText(words)}\nNothing was done: this is a dry run.`));
    return EXIT.done;
  }
  if (!json) await write(terminal.stderr, `${planText(words)}\n\n`);
  return carryOut(context, stack, { options, ...words });
}

interface Words {
  stack: string;
  plan: RecoveryPlan;
  planned: PlannedCopy;
  at: number | undefined;
}

async function carryOut(
  { terminal, signal, json }: VerbContext,
  stack: Stack,
  { options, plan, planned, stack: name }: Words & { options: CopyOptions },
): Promise<ExitCode> {
  const { copy, steps } = planned;
  const phases = new DrillPhases(stack.context.clock);
  let report: CopyReport;
  try {
    const running = await bringUpCopy(copy, { steps, servers: plan.servers, phases, signal });
    report = { ...running, stack: name, plan: copy.plan, steps, leftAlone: leftOf(plan, planned) };
  } catch (error) {
    const failure = copy.isBegun ? await withdrawn(planned, error) : error;
    if (!signal.aborted) throw failure;
    warnLine(terminal, messageOf(failure));
    return exitCodeOf(signal.reason);
  }
  remember(stack, report, (sentence) => warnLine(terminal, sentence));
  const markdown = copyMarkdown(report);
  if (options.report !== undefined) await writeFile(options.report, markdown);
  await (json ? printJson(terminal, copyJson(report)) : printLine(terminal, markdown.trimEnd()));
  const outcome = copyOutcome(report);
  return outcome === "succeeded" ? EXIT.done : outcome === "partial" ? EXIT.partial : EXIT.failed;
}

function leftOf(plan: RecoveryPlan, { leftAlone }: PlannedCopy) {
  return [...plan.leftAlone, ...leftAlone];
}

/** Half a copy is of use to nobody. Gives what to throw. */
async function withdrawn({ copy }: PlannedCopy, error: unknown): Promise<HoldfastError> {
  const { project } = copy.plan;
  const code = error instanceof HoldfastError ? error.code : "internal";
  const about = { what: `Making project ${project}`, why: messageOf(error).replace(/\.$/, ""), cause: error };
  try {
    await copy.remove();
    return new HoldfastError(code, { ...about, next: "what was made of it is removed again" });
  } catch (second) {
    const why = `${about.why}. ${messageOf(second).replace(/\.$/, "")}`;
    const next = `remove what is left of it by \`${removalCommand(project)}\``;
    return new HoldfastError(code, { ...about, why, next });
  }
}

/** A state that takes nothing is no reason to call it failed: it runs. */
function remember({ context }: Stack, report: CopyReport, warn: (sentence: string) => void): void {
  try {
    context.state.audit.record({
      ...{ at: context.clock.now(), actor: context.actor, operation: "recover", job: "" },
      ...{ outcome: copyOutcome(report), details: copyJson(report) },
    });
  } catch (error) {
    warn(`The audit trail could not be written: ${messageOf(error)}`);
  }
}

function planText({ stack, plan, planned, at }: Words): string {
  const { copy } = planned;
  const { project, containers } = copy.plan;
  const points = at === undefined ? "the newest points" : `the points of ${formatInstant(at)}`;
  const { expected } = plan;
  return [
    `Project ${project}, a copy of stack ${stack}, from ${points}:`,
    "",
    restoresTable(plan),
    "",
    `Containers: ${containers.map(({ name }) => name).join(", ")}. They reach one another and nothing else, and publish no port.`,
    ...differencesOf(copy.plan),
    ...leftOf(plan, planned).map((left) => `NOT restored: ${leftText(left)}`),
    "What runs is not touched.",
    ...(expected === undefined
      ? []
      : [`The restores take about ${formatDuration(expected)}, by what was measured.`]),
  ].join("\n");
}

function dryJson(words: Words): Record<string, unknown> {
  const { plan, planned, stack, at } = words;
  const { project, containers, volumes, empty, remarks } = planned.copy.plan;
  return {
    ...planJson({
      stack,
      plan: { ...plan, leftAlone: leftOf(plan, planned) },
      at,
      goesOn: undefined,
      isWithoutSafety: true,
    }),
    ...{ project, empty, differences: remarks },
    containers: containers.map(({ name }) => name),
    volumes: volumes.map(({ name }) => name),
  };
}

function nothingToRestore(project: string): HoldfastError {
  const why = "no job has a point that could be restored";
  return new HoldfastError("refused", { what: `Making project ${project}`, why });
}
