/** What every kind of restore is asked and prints alike. */
import type { PointChoice } from "../app/find-point.ts";
import type { RestoreReport } from "../app/run-restore.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import { SECOND, toIso } from "../domain/instant.ts";
import { parseIsoTime } from "../domain/iso-time.ts";
import { recentOnly, recentOnlyText } from "../domain/recent-only.ts";
import type { RunRecord } from "../domain/run.ts";
import { runJson } from "../web/status-json.ts";
import { exitCodeOfOutcomes, type ExitCode } from "./exit-codes.ts";
import { printJson, printLine } from "./terminal.ts";
import type { VerbContext } from "./verb.ts";
import { formatInstant } from "./when.ts";

export function choiceOf({ at, point }: { at?: string; point?: string }, timezone: string): PointChoice {
  if (point !== undefined) return { id: point };
  return at === undefined ? { newest: true } : { at: parseIsoTime(at, timezone) };
}

export interface Restored {
  run: RunRecord;
  report: RestoreReport;
  target: string;
  choice: PointChoice;
}

export async function showRestored(context: VerbContext, restored: Restored): Promise<ExitCode> {
  if (context.json) await printJson(context.terminal, jsonOf(restored));
  else await printLine(context.terminal, sentenceOf(restored));
  return exitCodeOfOutcomes([restored.run.outcome]);
}

function jsonOf({ run, report, target, choice }: Restored) {
  const { restored, warnings, kept = null, reused = null, databases = null } = report;
  const recent = recentOnly(restored.record);
  const at = "at" in choice ? toIso(choice.at) : null;
  const modifiedWithinSeconds = recent === undefined ? null : recent.within / SECOND;
  return { run: runJson(run), target, at, kept, reused, databases, warnings, modifiedWithinSeconds };
}

function sentenceOf({ run, report, target, choice }: Restored): string {
  const { restored, files, bytes, kept, reused, databases = 0 } = report;
  const amount = `${formatCount(files, "file")}, ${formatSize(bytes)}`;
  const asked = "at" in choice ? `, the newest at ${formatInstant(choice.at)}` : "";
  const from = `point ${restored.id} of ${formatInstant(restored.startedAt)} in ${restored.store}`;
  const opened = databases === 0 ? "" : `, ${formatCount(databases, "database")} opened`;
  const how = `every digest checked${opened}, in ${formatDuration(run.durationMs)}`;
  const old = kept === undefined ? "" : ` What was there before is in ${kept}.`;
  const again = reused === undefined ? "" : ` ${reuseOf(reused)}`;
  const recent = recentOnly(restored.record);
  const partial = recent === undefined ? "" : ` ${capitalised(recentOnlyText(recent))}.`;
  return `Restored ${amount} to ${target} from ${from}${asked}, ${how}.${again}${old}${partial}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function reuseOf({ files, bytes, copied }: NonNullable<RestoreReport["reused"]>): string {
  if (files === 0) return "None of them was there already.";
  const how = copied === 0 ? "" : ` (${copied} of these copied)`;
  return `Of them ${formatCount(files, "file")}, ${formatSize(bytes)} were there already${how}.`;
}
