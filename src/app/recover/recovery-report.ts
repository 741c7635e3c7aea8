/** What a recovery has done, for whoever asks afterwards: as Markdown for people, as plain values for scripts. */
import type { Outcome } from "../../domain/run.ts";
import { formatDuration, formatSize } from "../../domain/human-text.ts";
import { toIso } from "../../domain/instant.ts";
import type { LeftAlone } from "../../domain/recovery-plan.ts";
import type { Recovered } from "./run-recovery.ts";

export interface RecoveryReport extends Recovered {
  stack: string;
  actor: string;
  leftAlone: readonly LeftAlone[];
  outcome: Outcome;
}

/** Well only where all came back, and everything works. */
export function outcomeOf(
  { failures, services, record }: Recovered,
  leftAlone: readonly LeftAlone[],
): "succeeded" | "partial" | "failed" {
  if (failures.length > 0) return "failed";
  const isLess = leftAlone.length > 0 || record.steps.some(({ warnings }) => warnings.length > 0);
  return isLess || services.some(({ error }) => error !== undefined) ? "partial" : "succeeded";
}

export function recoveryJson(report: RecoveryReport): Record<string, unknown> {
  const { record, services, failures, ms, leftAlone, outcome } = report;
  return {
    ...{ id: record.id, stack: report.stack, actor: report.actor, outcome, durationMs: ms },
    ...{ startedAt: toIso(record.startedAt), attempts: record.attempts, failures },
    jobs: record.steps.map(({ job, kind, point, ms: took, safety, warnings }) => ({
      ...{ job, kind, point: point.id, store: point.store, pointStartedAt: toIso(point.startedAt) },
      ...{ lostMs: lostOf(report, point), durationMs: took ?? null, safety: safety ?? null, warnings },
    })),
    notRecovered: leftAlone.map(({ job, why, next }) => ({ job, why, next: next ?? null })),
    services: services.map(({ container, state, failure, error }) => ({
      ...{ container, state, failure: failure ?? null, error: error ?? null },
    })),
  };
}

function lostOf({ record }: Pick<RecoveryReport, "record">, { startedAt }: { startedAt: number }): number {
  return Math.max(0, record.startedAt - startedAt);
}

const VERDICTS: Partial<Record<Outcome, string>> = {
  succeeded: "The stack is back, and every check has passed.",
  partial: "The stack is back. Not everything is as it was: see below.",
  failed: "The data is back, and the stack does not work as it should: see below.",
};

export function recoveryMarkdown(report: RecoveryReport): string {
  const { record, services, failures, ms, leftAlone, stack, actor, outcome } = report;
  const attempts = record.attempts === 1 ? "" : `, in ${record.attempts} attempts`;
  const sections = [
    `# Recovery of stack ${stack}`,
    VERDICTS[outcome] ?? outcome,
    `Begun at ${toIso(record.startedAt)} by ${actor}, took ${formatDuration(ms)}${attempts}. Id ${record.id}.`,
    ...(failures.length === 0 ? [] : [`## What is wrong\n\n${list(failures)}`]),
    `## What was restored\n\n${restoredTable(report)}`,
    ...section("What was not recovered", leftAlone.map(leftText)),
    ...section(
      "What was there before",
      record.steps.flatMap(({ job, safety }) => (safety === undefined ? [] : `${job}: ${safety}`)),
    ),
    ...section(
      "Warnings",
      record.steps.flatMap(({ job, warnings }) => warnings.map((warning) => `${job}: ${warning}`)),
    ),
    ...(services.length === 0 ? [] : [`## Services\n\n${servicesTable(report)}`]),
  ];
  return `${sections.join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}\n\n${list(lines)}`];
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${oneLine(line)}`).join("\n");
}

export function leftText({ job, why, next }: LeftAlone): string {
  return `${job}: ${why}${next === undefined ? "" : `; ${next}`}.`;
}

function restoredTable(report: RecoveryReport): string {
  const rows = report.record.steps.map(({ job, point, ms }) => [
    job,
    point.id,
    point.store,
    toIso(point.startedAt),
    formatDuration(lostOf(report, point)),
    formatSize(point.sourceBytes),
    ms === undefined ? "-" : formatDuration(ms),
  ]);
  return table(["job", "point", "store", "as of", "lost", "size", "took"], rows);
}

function servicesTable({ services }: RecoveryReport): string {
  const rows = services.map(({ container, state, failure, error }) => [
    container,
    failure ?? state,
    error === undefined ? "none" : error,
  ]);
  return table(["container", "state", "errors in its log since it started"], rows);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => oneLine(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)].join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
