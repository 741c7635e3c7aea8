/** `holdfast prune <job> [--dry-run]`: applies the retention, saying of each point why it stays or goes. */
import { planPruning, pruneJob, type StorePruning } from "../app/prune-job.ts";
import { asError } from "../domain/errors.ts";
import type { RetentionDecision } from "../domain/retention.ts";
import { EXIT, exitCodeOf, exitCodeOfOutcomes } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { showRuns } from "./run-progress.ts";
import { formatTable } from "./table.ts";
import { printJson, printLine, type Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatInstant } from "./when.ts";

export const prune: Verb<{ dryRun?: boolean }, [job: string]> = async (context, options, name) =>
  withStack(
    context,
    async (stack) => {
      const { job, stores } = stack.job(name);
      const request = { job, stores, signal: context.signal };
      if (options.dryRun === true) {
        const plans = await planPruning(stack.context, request);
        await print(context.terminal, plans, { json: context.json, verb: "would go" });
        const [error] = plans.flatMap((plan) => plan.error ?? []);
        return error === undefined ? EXIT.done : exitCodeOf(error);
      }
      const { run, report, error } = await pruneJob(stack.context, { ...request, trigger: "command" });
      if (error !== undefined || report === undefined) throw asError(error);
      await print(context.terminal, report.pruned, { json: context.json, verb: "went" });
      return exitCodeOfOutcomes([run.outcome]);
    },
    [showRuns(context)],
  );

async function print(
  terminal: Terminal,
  pruned: readonly StorePruning[],
  { json, verb }: { json: boolean; verb: string },
): Promise<void> {
  if (json)
    return printJson(
      terminal,
      pruned.map(({ error, ...rest }) => ({ ...rest, error: error?.message ?? null })),
    );
  for (const { store, decisions, error } of pruned) {
    const going = decisions.filter(({ action }) => action === "remove").length;
    await printLine(terminal, `Store ${store}: ${going} of ${decisions.length} points ${verb}.`);
    if (decisions.length > 0) await printLine(terminal, formatTable(decisions, COLUMNS));
    if (error !== undefined) await printLine(terminal, error.message);
  }
}

const COLUMNS = [
  { title: "POINT", value: ({ id }: RetentionDecision) => id },
  { title: "STARTED", value: ({ startedAt }: RetentionDecision) => formatInstant(startedAt) },
  { title: "ACTION", value: ({ action }: RetentionDecision) => action },
  { title: "BECAUSE", value: ({ reasons }: RetentionDecision) => reasons.join("; ") },
];
