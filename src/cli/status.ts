/** `holdfast status`: is every job fresh? Exit 4 when one is not. */
import type { JobStatus, StackStatus } from "../app/read-status.ts";
import { StatusKeeper } from "../app/status-keeper.ts";
import { hasPoints } from "../app/is-config-kept.ts";
import type { Stack, WiredJob } from "../daemon/compose.ts";
import { formatDuration, formatSize } from "../domain/human-text.ts";
import { writeDuration } from "../domain/duration.ts";
import { SECOND } from "../domain/instant.ts";
import { inForce } from "../domain/silence.ts";
import { statusJson } from "../web/status-json.ts";
import { EXIT } from "./exit-codes.ts";
import { withStack } from "./open-stack.ts";
import { sentenceOf } from "./silence.ts";
import { formatTable, type Column } from "./table.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatAgo } from "./when.ts";

export const status: Verb = async (context) =>
  withStack(context, async (stack) => {
    const { clock } = stack.context;
    const jobs = [...stack.jobs, ...(await keptConfig(stack, context.signal))];
    const keeper = new StatusKeeper({
      context: stack.context,
      stores: stack.stores,
      diskLow: stack.config.alerts.diskLow,
      gamedayEvery: stack.config.gameday.every,
      jobs: jobs.map(({ job }) => job),
      stateError: () => stack.state.trouble(),
      unprotectedVolumes: (asked) => stack.unprotectedVolumes(asked),
      isRunning: () => false,
      nextRunAt: (name) => stack.job(name).job.schedule?.next(clock.now()),
    });
    await keeper.refresh(context.signal);
    const seen = keeper.status();
    for (const { message } of seen.problems) warnLine(context.terminal, message);
    if (context.json) await printJson(context.terminal, statusJson(seen));
    else {
      const silences = inForce(stack.state.silences.all(), seen.at);
      const lines = silences.map((silence) => sentenceOf(silence, seen.at));
      await printLine(context.terminal, [describe(seen), ...lines].join("\n"));
    }
    return seen.fresh ? EXIT.done : EXIT.notFresh;
  });

/** Where no daemon runs, nobody backs it up. */
async function keptConfig({ configJob, context }: Stack, signal: AbortSignal): Promise<WiredJob[]> {
  if (configJob === undefined) return [];
  return (await hasPoints(context, { ...configJob, signal })) ? [configJob] : [];
}

interface Row {
  job: JobStatus;
  store: JobStatus["stores"][number];
}

function describe(seen: StackStatus): string {
  const rows = seen.jobs.flatMap((job) => job.stores.map((store) => ({ job, store })));
  const notFresh = rows.filter(({ store }) => store.freshness !== "fresh").length;
  const verdict = seen.fresh
    ? `Stack ${seen.stack}: every backup is fresh.`
    : `Stack ${seen.stack}: ${notFresh} of ${rows.length} backups are not fresh.`;
  const damaged = rows.flatMap(({ job, store }) =>
    store.damaged.map(
      ({ id }) => `Point ${id} of ${job.name} in ${store.store} is damaged: see \`holdfast show ${id}\`.`,
    ),
  );
  const down = seen.stores.flatMap(({ name, up, error }) =>
    up === true ? [] : [`Store ${name} does not answer: ${error ?? "unknown"}`],
  );
  const partial = seen.jobs.flatMap(({ name, stores }) => {
    const within = stores.map(({ newest }) => newest?.modifiedWithinSeconds).find((one) => one !== undefined);
    if (within === undefined) return [];
    const text = writeDuration(within * SECOND);
    return [
      `Points of ${name} are partial by design: they hold only what was modified in the ${text} before.`,
    ];
  });
  return [verdict, formatTable(rows, columns(seen.at)), ...damaged, ...down, ...partial].join("\n");
}

function columns(now: number): Column<Row>[] {
  const ago = (instant: number | undefined) => (instant === undefined ? "-" : formatAgo(instant, now));
  const length = (duration: number | undefined) => (duration === undefined ? "-" : formatDuration(duration));
  return [
    { title: "JOB", value: ({ job }) => job.name },
    { title: "STORE", value: ({ store }) => store.store },
    { title: "FRESHNESS", value: ({ store }) => store.freshness },
    { title: "NEWEST POINT", value: ({ store }) => ago(store.newest?.startedAt) },
    {
      title: "SIZE",
      value: ({ store }) => (store.newest === undefined ? "-" : formatSize(store.newest.sourceBytes)),
      align: "right",
    },
    { title: "POINTS", value: ({ store }) => pointsText(store), align: "right" },
    { title: "RPO", value: ({ job }) => length(job.rpo) },
    { title: "RTO", value: ({ job }) => length(job.rto) },
    { title: "VERIFIED", value: ({ store }) => ago(store.lastVerifiedAt) },
    { title: "DRILLED", value: ({ job }) => drillText(job, ago) },
    {
      title: "LAST RUN",
      value: ({ job }) =>
        job.lastRun === undefined ? "-" : `${job.lastRun.outcome} ${ago(job.lastRun.finishedAt)}`,
    },
    { title: "NEXT RUN", value: ({ job }) => ago(job.nextRunAt) },
    { title: "RETENTION", value: ({ store: { retention } }) => retentionText(retention) },
  ];
}

function drillText({ drill }: JobStatus, ago: (instant: number | undefined) => string): string {
  const { lastRun, lastSuccessAt, overdueSince } = drill;
  if (lastRun?.outcome === "failed") return `${ago(lastRun.startedAt)} (FAILED)`;
  return `${ago(lastSuccessAt)}${overdueSince === undefined ? "" : " (overdue)"}`;
}

/** The job's own rules need no name. */
function retentionText({ policy, from }: Row["store"]["retention"]): string {
  return from === "keepFor" ? `${policy} (keepFor)` : policy;
}

function pointsText({ points, damaged }: Row["store"]): string {
  if (points === undefined) return "-";
  return damaged.length === 0 ? String(points) : `${points} (${damaged.length} DAMAGED)`;
}
