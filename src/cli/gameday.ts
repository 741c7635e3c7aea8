/** `holdfast gameday`: a disaster on a copy of the stack, and the people who bring it back. */
import { randomBytes } from "node:crypto";
import { DrillPhases } from "../app/drill-phases.ts";
import { CopiedRehearsal } from "../app/gameday/copied-rehearsal.ts";
import { gamedayJson, gamedayMarkdown } from "../app/gameday/gameday-report.ts";
import { rehearse } from "../app/gameday/rehearse.ts";
import { performRun } from "../app/perform-run.ts";
import { gatherPlan } from "../app/recover/gather-plan.ts";
import type { Stack } from "../daemon/compose.ts";
import { keepGamedayReport } from "../daemon/compose-gameday.ts";
import { planStackCopy, type PlannedCopy } from "../daemon/compose-copies.ts";
import { asError, HoldfastError, messageOf } from "../domain/errors.ts";
import { gamedayOutcome, type Gameday, type GamedayScenario } from "../domain/gameday.ts";
import { formatDuration } from "../domain/human-text.ts";
import { pointId } from "../domain/recovery-point.ts";
import { STACK_JOB } from "../domain/stack-job.ts";
import { assertReportFile, writeReport } from "./report-file.ts";
import { exitCodeOf, exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { keyArguments } from "./restore-in-stack.ts";
import { servicesOf } from "./stack-services-of.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { Verb, VerbContext } from "./verb.ts";

interface GamedayOptions {
  scenario: GamedayScenario;
  projectCopy?: boolean;
  job?: string;
  /** Nobody is asked. */
  yes?: boolean;
  report?: string;
}

/** Behind the name of the project. */
const SUFFIX = "-gameday";

export const gameday: Verb<GamedayOptions> = (context, options) =>
  withStack(context, async (stack) => {
    if (options.projectCopy !== true) throw onlyOnCopies();
    if (options.job !== undefined) stack.job(options.job);
    await assertReportFile(options.report);
    const planned = await planCopyOf(context, stack);
    return hold(context, stack, { options, planned });
  });

function onlyOnCopies(): HoldfastError {
  return new HoldfastError("usage", {
    what: "Holding a game day",
    why: "it does damage, and is never held on the stack itself",
    next: "add --project-copy, to hold it on a copy beside the stack",
  });
}

async function planCopyOf(context: VerbContext, stack: Stack): Promise<PlannedCopy> {
  const { terminal, signal } = context;
  const services = await servicesOf(stack, signal);
  const { plan, warnings } = await gatherPlan(stack.context, {
    ...{ jobs: stack.jobs, only: [], at: undefined, goesOn: undefined, services, signal },
    usersOf: async () => [],
  });
  for (const warning of warnings) warnLine(terminal, warning);
  return planStackCopy(stack, {
    ...{ project: `${stack.config.project}${SUFFIX}`, steps: plan.restores, signal, limits: {} },
    keyArguments: (own) => keyArguments(context, { own }),
    tell: (sentence) => terminal.stderr.write(`  ${sentence}\n`),
    warn: (sentence) => warnLine(terminal, sentence),
  });
}

interface Hold {
  options: GamedayOptions;
  planned: PlannedCopy;
}

async function hold(context: VerbContext, stack: Stack, { options, planned }: Hold): Promise<ExitCode> {
  const { terminal, signal, json } = context;
  const { scenario, job } = options;
  const { copy, steps } = planned;
  const { clock, actor } = stack.context;
  const tell = (sentence: string): void => void terminal.stderr.write(`${sentence}\n`);
  const rehearsal = new CopiedRehearsal({
    ...{ copy, steps, scenario, job, tell: (sentence) => tell(`  ${sentence}`) },
    ...{ engine: stack.copies, runtime: stack.runtime, phases: new DrillPhases(clock) },
  });
  const startedAt = clock.now();
  const id = pointId(startedAt, randomBytes(2).toString("hex"));
  const own = await stack.runtime.ownContainer(signal);
  const finished = await performRun(
    stack.context,
    { job: STACK_JOB, operation: "gameday", trigger: "command" },
    async () => {
      const rehearsed = await rehearse(
        { clock, tell, ask: options.yes === true ? undefined : (question) => answer(context, question) },
        { rehearsal, scenario, sidecar: own?.compose?.service ?? "backup", signal },
      );
      const held: Gameday = {
        ...{ id, stack: stack.config.stack, scenario, project: copy.plan.project, actor, startedAt },
        ...rehearsed,
      };
      const reason = [...held.failures, ...held.lessons].join("; ");
      return {
        ...{ outcome: gamedayOutcome(held), restoreMs: held.recoveryMs, held },
        ...{ reason: reason === "" ? undefined : reason, details: gamedayJson(held) },
      };
    },
  );
  if (finished.report === undefined) {
    if (!signal.aborted) throw asError(finished.error);
    return exitCodeOf(signal.reason);
  }
  const { held } = finished.report;
  const path = await kept(context, stack, { held, report: options.report });
  if (json) await printJson(terminal, gamedayJson(held));
  else await printLine(terminal, `${gamedayMarkdown(held)}\n${verdict(held, path)}`);
  return exitCodeOfOutcomes([finished.run.outcome]);
}

/** Somebody has to be there who types. */
async function answer({ terminal }: VerbContext, question: string): Promise<string | undefined> {
  const typed = await terminal.ask(question);
  if (typed !== undefined) return typed;
  throw new HoldfastError("refused", {
    what: "Holding a game day",
    why: "nobody is there who answers",
    next: "run it in a terminal, or add --yes to have Holdfast do its part alone",
  });
}

/** Gives where it is, if anywhere: it is printed, too. */
async function kept(
  { terminal }: VerbContext,
  { config }: Stack,
  { held, report }: { held: Gameday; report: string | undefined },
): Promise<string | undefined> {
  const markdown = gamedayMarkdown(held);
  const troubles: (string | undefined)[] = [];
  if (report !== undefined) troubles.push(await writeReport(report, markdown));
  const path = await keepGamedayReport(config, { id: held.id, markdown }).catch(
    (error: unknown) => void troubles.push(messageOf(error)),
  );
  for (const trouble of troubles) if (trouble !== undefined) warnLine(terminal, trouble);
  return troubles[0] === undefined ? (report ?? path) : path;
}

function verdict(held: Gameday, path: string | undefined): string {
  const took = held.recoveryMs === undefined ? "" : `, recovery in ${formatDuration(held.recoveryMs)}`;
  const where = path === undefined ? "" : ` The report is ${path}.`;
  return `Game day ${gamedayOutcome(held)}${took}.${where}`;
}
