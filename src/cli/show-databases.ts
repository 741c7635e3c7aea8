/** What a commit record tells of the databases in a point: how each was captured, and what reading it has told. */
import { z } from "zod";

import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import { formatTable, printable } from "./table.ts";

const SHOWN = 20;

/** Of any version: what it does not know is passed over. */
const Recorded = z.object({
  path: z.string(),
  kind: z.string(),
  bytes: z.number(),
  mode: z.string(),
  tries: z.number(),
  heldMs: z.number().optional(),
  verify: z.string().optional(),
  exported: z.string().optional(),
  verdict: z
    .object({
      state: z.string(),
      why: z.string().optional(),
      facts: z
        .object({ tableCount: z.number(), tables: z.array(z.object({ rows: z.number().optional() })) })
        .optional(),
    })
    .optional(),
});
type Recorded = z.infer<typeof Recorded>;

const Capture = z.object({ databases: z.array(Recorded), databaseCount: z.number().optional() });

/** Empty where there are none. */
export function databasesText(capture: Record<string, unknown>): string {
  const parsed = Capture.safeParse(capture);
  if (!parsed.success || parsed.data.databases.length === 0) return "";
  const { databases, databaseCount = databases.length } = parsed.data;
  const table = formatTable(databases.slice(0, SHOWN), [
    { title: "DATABASE", value: ({ path }) => printable(path) },
    { title: "KIND", value: ({ kind }) => kind },
    { title: "SIZE", value: ({ bytes }) => formatSize(bytes), align: "right" },
    { title: "CAPTURED", value: capturedText },
    { title: "CHECKED", value: (recorded) => checkedText(recorded) + exportedText(recorded) },
  ]);
  return databaseCount > SHOWN ? `${table}\nand ${databaseCount - SHOWN} more` : table;
}

function capturedText({ mode, tries, heldMs }: Recorded): string {
  const attempts = tries > 1 ? `, at the ${ordinal(tries)} try` : "";
  if (mode === "optimistic") return `while in use${attempts}`;
  return `writers held${heldMs === undefined ? "" : ` for ${formatDuration(heldMs)}`}${attempts}`;
}

function exportedText({ exported }: Recorded): string {
  return exported === undefined ? "" : `, exported as ${printable(exported)}`;
}

function checkedText({ verify, verdict }: Recorded): string {
  if (verdict === undefined) return "no";
  if (verdict.state !== "sound")
    return `${verdict.state}: ${printable(verdict.why ?? "it is not known why")}`;
  const { facts } = verdict;
  const rows = facts?.tables.reduce((sum, { rows: of = 0 }) => sum + of, 0) ?? 0;
  const content =
    facts === undefined ? "" : `: ${formatCount(facts.tableCount, "table")}, ${formatCount(rows, "row")}`;
  return `${verify === "light" ? "lightly" : "whole"}${content}`;
}

function ordinal(count: number): string {
  const ending = ["st", "nd", "rd"][(count % 10) - 1];
  return `${count}${ending === undefined || Math.floor(count / 10) % 10 === 1 ? "th" : ending}`;
}
