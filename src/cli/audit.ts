/** `holdfast audit`: who did what that matters afterwards, newest first. What the daemon does by schedule each day only with `--all`. */
import { toIso } from "../domain/instant.ts";
import type { AuditEntry } from "../ports/state.ts";
import { EXIT } from "./exit-codes.ts";
import { lookBack, redactorOf, type LookBackOptions } from "./look-back.ts";
import { withStack } from "./open-stack.ts";
import { formatTable, type Column } from "./table.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { formatInstant } from "./when.ts";

interface AuditOptions extends LookBackOptions {
  all?: boolean;
}

/** All that the state keeps. */
const ALL_ENTRIES = 10_000;
const ROUTINE = new Set<AuditEntry["operation"]>(["backup", "verify", "copy"]);

export const audit: Verb<AuditOptions> = (context, options) =>
  withStack(context, async (stack) => {
    const { since, limit } = lookBack(options, stack);
    const entries = stack.state.audit
      .recent(ALL_ENTRIES)
      .filter((entry) => entry.at >= since && (options.all === true || !isRoutine(entry)))
      .slice(0, limit);
    const redactor = redactorOf(stack);
    if (context.json) {
      const json = { entries: entries.map((entry) => ({ ...entry, at: toIso(entry.at) })) };
      await printJson(context.terminal, JSON.parse(redactor.json(JSON.stringify(json))));
    } else if (entries.length === 0) await printLine(context.terminal, "Nothing of that kind is remembered.");
    else await printLine(context.terminal, redactor.text(formatTable(entries, COLUMNS)));
    return EXIT.done;
  });

function isRoutine({ operation, details }: AuditEntry): boolean {
  const { trigger } = details;
  return ROUTINE.has(operation) && (trigger === "schedule" || trigger === "catch-up");
}

const COLUMNS: Column<AuditEntry>[] = [
  { title: "WHEN", value: ({ at }) => formatInstant(at) },
  { title: "WHO", value: ({ actor }) => actor },
  { title: "WHAT", value: ({ operation }) => operation },
  { title: "JOB", value: ({ job }) => (job === "" ? "-" : job) },
  { title: "OUTCOME", value: ({ outcome }) => outcome },
  { title: "DETAILS", value: ({ details }) => detailsText(details) },
];

/** What a person looks for; all of it is in `--json`. */
function detailsText(details: Record<string, unknown>): string {
  return Object.entries(details)
    .filter(([name, value]) => name !== "run" && name !== "trigger" && value !== undefined && value !== null)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
