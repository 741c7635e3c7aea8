/** `holdfast drill --stack`: the whole stack, brought up beside the one that runs, looked at, and removed. */
import type { Stack } from "../daemon/compose.ts";
import { runStackDrill } from "../daemon/compose-stack-drill.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import { parseIsoTime } from "../domain/iso-time.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOf, exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import { printJson, printLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";

export async function drillStack(
  { signal, terminal, json }: VerbContext,
  stack: Stack,
  options: { at?: string },
): Promise<ExitCode> {
  const at = options.at === undefined ? undefined : parseIsoTime(options.at, stack.config.timezone);
  const { run, report, error } = await runStackDrill(stack, { trigger: "command", at, signal });
  if (signal.aborted) return exitCodeOf(signal.reason);
  if (json) {
    const {
      restoreMs = null,
      phases = [],
      bytes = null,
      problems = [],
      points = [],
      containers = 0,
    } = report ?? {};
    await printJson(terminal, { run: runJson(run), restoreMs, phases, bytes, problems, points, containers });
  } else if (report === undefined) {
    await printLine(terminal, `The stack: ${error?.message ?? run.outcome}`);
  } else {
    const { problems, restoreMs, bytes, containers, phases, points } = report;
    const verdict = problems.length === 0 ? "passed" : "FAILED";
    const made = `${formatCount(points.length, "job")} restored (${formatSize(bytes)}), ${formatCount(containers, "container")} started in ${formatDuration(restoreMs)}, and removed again`;
    await printLine(terminal, `The stack: ${verdict}; ${made}.`);
    for (const problem of problems) await printLine(terminal, `  ${problem}`);
    const parts = phases.map(({ name, ms }) => `${name} ${formatDuration(ms)}`);
    await printLine(terminal, `  ${parts.join(", ")}`);
  }
  return exitCodeOfOutcomes([run.outcome]);
}
