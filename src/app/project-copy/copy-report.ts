/** What a copy has come to, for whoever asks afterwards: as Markdown for people, as plain values for scripts. */
import { formatDuration, formatSize } from "../../domain/human-text.ts";
import { toIso } from "../../domain/instant.ts";
import type { LeftAlone } from "../../domain/recovery-plan.ts";
import { leftText } from "../recover/recovery-report.ts";
import type { RunningCopy } from "./bring-up-copy.ts";
import type { CopyPlan } from "./plan-copy.ts";
import { removalCommand } from "./remove-copy.ts";
import type { CopyStep } from "./stack-copy.ts";

export interface CopyReport extends RunningCopy {
  stack: string;
  plan: CopyPlan;
  steps: readonly CopyStep[];
  leftAlone: readonly LeftAlone[];
}

/** Well only where all came back, and everything works. */
export function copyOutcome({ failures, leftAlone, warnings, services }: CopyReport) {
  if (failures.length > 0) return "failed" as const;
  const isLess = leftAlone.length > 0 || warnings.length > 0;
  return isLess || services.some(({ error }) => error !== undefined) ? "partial" : "succeeded";
}

export function copyJson(report: CopyReport): Record<string, unknown> {
  const { stack, plan, steps, leftAlone, services, failures, warnings, phases, ms } = report;
  return {
    ...{
      stack,
      project: plan.project,
      outcome: copyOutcome(report),
      durationMs: ms,
      phases,
      failures,
      warnings,
    },
    jobs: steps.map(({ job, kind, point }) => ({
      ...{ job, kind, point: point.id, store: point.store, pointStartedAt: toIso(point.startedAt) },
    })),
    notRecovered: leftAlone.map(({ job, why, next }) => ({ job, why, next: next ?? null })),
    services: services.map(({ container, state, failure, error }) => ({
      ...{ container, state, failure: failure ?? null, error: error ?? null },
    })),
    ...{ empty: plan.empty, differences: plan.remarks, remove: removalCommand(plan.project) },
  };
}

export function copyMarkdown(report: CopyReport): string {
  const { stack, plan, steps, leftAlone, services, failures, warnings, phases, ms } = report;
  const sections = [
    `# Project ${plan.project}, a copy of stack ${stack}`,
    VERDICTS[copyOutcome(report)],
    list([
      ...steps.map(
        ({ job, point }) =>
          `${job}: point ${point.id} of ${toIso(point.startedAt)}, ${formatSize(point.sourceBytes)}`,
      ),
      `took ${formatDuration(ms)}: ${phases.map(({ name, ms: part }) => `${name} ${formatDuration(part)}`).join(", ")}`,
    ]),
    ...section("What is wrong", failures),
    ...section("What was not restored", leftAlone.map(leftText)),
    ...section("Warnings", warnings),
    ...section("What is otherwise than in the stack", differencesOf(plan)),
    ...section(
      "Services",
      services.map(
        ({ container, state, failure, error }) =>
          `${container}: ${failure ?? state}${error === undefined ? "" : `; its log says: ${error}`}`,
      ),
    ),
    handling(report),
  ];
  return `${sections.join("\n\n")}\n`;
}

const VERDICTS = {
  succeeded: "It runs, and every check has passed.",
  partial: "It runs. Not everything is as it was: see below.",
  failed: "It was started, and does not work as it should: see below.",
} as const;

/** Sentences. */
export function differencesOf({ empty, remarks }: CopyPlan): string[] {
  const without =
    empty.length === 0 ? [] : [`${empty.join(", ")}: in no backup, so that nothing is restored to it.`];
  return [...without, ...remarks];
}

function handling({ plan: { project, containers } }: CopyReport): string {
  const [first] = containers;
  const commands = [
    ["look at it", `docker compose --project-name ${project} ps`],
    ...(first === undefined ? [] : [["go into it", `docker exec -it ${first.name} sh`]]),
    ["remove it", removalCommand(project)],
  ];
  return commands.map(([what, command]) => `- ${what}: \`${command}\``).join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}\n\n${list(lines)}`];
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line.replace(/\p{Cc}+/gu, " ")}`).join("\n");
}
