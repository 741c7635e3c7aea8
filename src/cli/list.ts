/** `holdfast list [job]`: the recovery points, newest first. */
import { listEverywhere } from "../app/locate-point.ts";
import { findJob } from "../daemon/find-job.ts";
import { formatCount, formatSize } from "../domain/human-text.ts";
import { writeDuration } from "../domain/duration.ts";
import { recentOnly } from "../domain/recent-only.ts";
import { isSafety, type CatalogPoint } from "../domain/recovery-point.ts";
import { pointJson } from "../web/status-json.ts";
import { EXIT } from "./exit-codes.ts";
import { foreignInStores, foreignJson, foreignText } from "./list-foreign.ts";
import { namedJob } from "./named-job.ts";
import { withStores } from "./open-stack.ts";
import { formatTable, type Column } from "./table.ts";
import { printJson, printLine, warnLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatAgo, formatInstant } from "./when.ts";

export const list: Verb<{ store?: string }, [job: string | undefined]> = async (context, options, name) =>
  withStores(context, async (stack) => {
    const wanted = namedJob(context, name);
    const { catalog, clock } = stack.context;
    const stores = options.store === undefined ? stack.stores : [stack.store(options.store)];
    const scope: { job?: string } =
      wanted === undefined ? {} : { job: (await findJob(stack, wanted, context.signal)).job.name };
    const { points, warnings } = await listEverywhere({
      catalog,
      stores,
      stack: stack.context.stack,
      signal: context.signal,
      ...scope,
    });
    for (const warning of warnings) warnLine(context.terminal, warning);
    // A store that has just failed to list its points would fail again.
    const foreign =
      warnings.length > 0 || context.from !== undefined
        ? []
        : await foreignInStores(stack, stores, { job: scope.job, signal: context.signal });
    if (context.json) {
      await printJson(context.terminal, {
        points: points.map((point) => ({ job: point.job, ...pointJson(point) })),
        foreign: foreignJson(foreign),
        warnings,
      });
    } else if (points.length === 0) {
      await printLine(context.terminal, "There are no recovery points yet: `holdfast backup` makes one.");
    } else {
      await printLine(context.terminal, formatTable(points, columns(clock.now())));
    }
    if (foreign.length > 0 && !context.json)
      await printLine(context.terminal, `\n${foreignText(foreign, stack)}`);
    return warnings.length === 0 ? EXIT.done : EXIT.partial;
  });

function columns(now: number): Column<CatalogPoint>[] {
  return [
    { title: "POINT", value: ({ id }) => id },
    { title: "JOB", value: ({ job }) => job },
    { title: "STORE", value: ({ store }) => store },
    { title: "STARTED", value: ({ startedAt }) => formatInstant(startedAt) },
    { title: "AGE", value: ({ startedAt }) => formatAgo(startedAt, now) },
    { title: "FILES", value: ({ record }) => String(record.totals.files), align: "right" },
    { title: "SIZE", value: ({ record }) => formatSize(record.totals.sourceBytes), align: "right" },
    { title: "STORED", value: ({ record }) => formatSize(record.totals.storedBytes), align: "right" },
    { title: "STATE", value: stateOf },
  ];
}

function stateOf({ record, pinned, lastProof }: CatalogPoint): string {
  const proof = lastProof === undefined ? [] : [lastProof.outcome === "passed" ? "verified" : "DAMAGED"];
  const warnings = record.warningCount === 0 ? [] : [formatCount(record.warningCount, "warning")];
  const safety = isSafety(record) ? ["before a restore"] : [];
  const recent = recentOnly(record);
  const partial = recent === undefined ? [] : [`last ${writeDuration(recent.within)} only`];
  return [...partial, ...safety, ...proof, ...(pinned ? ["pinned"] : []), ...warnings].join(", ");
}
