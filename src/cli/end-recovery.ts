/** The end of a recovery: its report, where it is wanted and where it is kept, and the exit code. */
import {
  outcomeOf,
  recoveryJson,
  recoveryMarkdown,
  type RecoveryReport,
} from "../app/recover/recovery-report.ts";
import type { Recovered } from "../app/recover/run-recovery.ts";
import type { Stack } from "../daemon/compose.ts";
import { messageOf } from "../domain/errors.ts";
import { formatCount, formatDuration } from "../domain/human-text.ts";
import type { RecoveryPlan } from "../domain/recovery-plan.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { composeCommand } from "./recovery-needs.ts";
import { writeReport } from "./report-file.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

interface Ended {
  options: { report?: string };
  plan: RecoveryPlan;
  recovered: Recovered;
}

export async function endRecovery(
  context: VerbContext,
  stack: Stack,
  { options, plan, recovered }: Ended,
): Promise<ExitCode> {
  const { terminal, json } = context;
  const outcome = outcomeOf(recovered, plan.leftAlone);
  const of = { stack: stack.config.stack, actor: stack.context.actor, leftAlone: plan.leftAlone };
  const report: RecoveryReport = { ...recovered, ...of, outcome };
  const markdown = recoveryMarkdown(report);
  const { path, troubles } = await keepReport(stack, { report, markdown, to: options.report });
  remember(context, stack, report);
  if (json) await printJson(terminal, recoveryJson(report));
  else await printLine(terminal, `${markdown}\n${verdictOf(report, path)}`);
  for (const trouble of troubles) warnLine(terminal, trouble);
  if (recovered.services.length === 0 && !json)
    await printLine(
      terminal,
      `No container of the stack is there to start: \`${await composeCommand(stack, "up --detach")}\` does.`,
    );
  if (outcome === "failed") return EXIT.failed;
  return outcome === "succeeded" && troubles.length === 0 ? EXIT.done : EXIT.partial;
}

/** Everything is back by now, whatever becomes of the report. */
async function keepReport(
  stack: Stack,
  { report, markdown, to }: { report: RecoveryReport; markdown: string; to: string | undefined },
): Promise<{ path: string | undefined; troubles: string[] }> {
  const troubles: string[] = [];
  const path = await stack.recoveries.end(report.record, { markdown }).catch((error: unknown) => {
    troubles.push(`The recovery is over, and could not be ended in the state: ${messageOf(error)}`);
    return undefined;
  });
  if (to === undefined) return { path, troubles };
  const trouble = await writeReport(to, markdown);
  if (trouble !== undefined) troubles.push(trouble);
  return { path: trouble === undefined ? to : path, troubles };
}

/** A state that takes nothing is no reason to call a recovery failed. */
function remember({ terminal }: VerbContext, { context }: Stack, report: RecoveryReport): void {
  try {
    context.state.audit.record({
      ...{ at: context.clock.now(), actor: context.actor, operation: "recover", job: "" },
      ...{ outcome: report.outcome, details: recoveryJson(report) },
    });
  } catch (error) {
    warnLine(terminal, `The audit trail could not be written: ${messageOf(error)}`);
  }
}

function verdictOf({ outcome, record, services, ms }: RecoveryReport, path: string | undefined): string {
  const what = `${formatCount(record.steps.length, "job")} restored, ${formatCount(services.length, "container")} looked at, in ${formatDuration(ms)}`;
  return `Recovery ${outcome}: ${what}.${path === undefined ? "" : ` The report is ${path}.`}`;
}
