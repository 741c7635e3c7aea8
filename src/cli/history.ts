/** `holdfast history [job]`: the runs, newest first, as this machine's state remembers them. */
import { HoldfastError } from "../domain/errors.ts";
import { formatDuration, formatSize } from "../domain/human-text.ts";
import type { Operation, RunRecord } from "../domain/run.ts";
import type { Stack } from "../daemon/compose.ts";
import { runJson } from "../web/status-json.ts";
import { EXIT } from "./exit-codes.ts";
import { lookBack, redactorOf, type LookBackOptions } from "./look-back.ts";
import { withStack } from "./open-stack.ts";
import { formatTable, type Column } from "./table.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatInstant } from "./when.ts";

interface HistoryOptions extends LookBackOptions {
  operation?: Operation;
}

export const history: Verb<HistoryOptions, [job: string | undefined]> = (context, options, name) =>
  withStack(context, async (stack) => {
    const { operation } = options;
    if (name !== undefined) assertKnown(stack, name);
    const { since, limit } = lookBack(options, stack);
    const asked = {
      ...(name === undefined ? {} : { job: name }),
      ...(operation === undefined ? {} : { operation }),
    };
    const runs = stack.state.runs.recent({ ...asked, limit }).filter(({ finishedAt }) => finishedAt >= since);
    const redactor = redactorOf(stack);
    if (context.json) {
      await printJson(
        context.terminal,
        JSON.parse(redactor.json(JSON.stringify({ runs: runs.map(runJson) }))),
      );
    } else if (runs.length === 0) await printLine(context.terminal, "No such run is remembered.");
    else await printLine(context.terminal, redactor.text(formatTable(runs, COLUMNS)));
    return EXIT.done;
  });

/** Also one that is configured no more, as long as a run of it is remembered. */
function assertKnown({ jobs, state }: Stack, name: string): void {
  const known = [...new Set([...jobs.map(({ job }) => job.name), ...state.runs.jobs()])];
  if (known.includes(name)) return;
  throw new HoldfastError("usage", {
    what: `Looking for the runs of job ${name}`,
    why: "there is no such job, and none is remembered",
    next: known.length === 0 ? "there is no job at all" : `name one of: ${known.join(", ")}`,
  });
}

const COLUMNS: Column<RunRecord>[] = [
  { title: "STARTED", value: ({ startedAt }) => formatInstant(startedAt) },
  { title: "JOB", value: ({ job }) => job },
  { title: "OPERATION", value: ({ operation }) => operation },
  { title: "TRIGGER", value: ({ trigger }) => trigger },
  { title: "OUTCOME", value: ({ outcome }) => outcome },
  { title: "TOOK", value: ({ durationMs }) => formatDuration(durationMs), align: "right" },
  {
    title: "SIZE",
    value: ({ sourceBytes }) => (sourceBytes === undefined ? "-" : formatSize(sourceBytes)),
    align: "right",
  },
  { title: "POINT", value: ({ point }) => point ?? "-" },
  { title: "REASON", value: ({ reason }) => reason ?? "" },
];
