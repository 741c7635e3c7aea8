/** The plan of a recovery as a person reads it in the middle of the night: what comes back as of when, what is lost, what stands still. */
import { leftText } from "../app/recover/recovery-report.ts";
import { formatDuration, formatSize } from "../domain/human-text.ts";
import { MINUTE, toIso } from "../domain/instant.ts";
import type { PlannedRestore, RecoveryPlan } from "../domain/recovery-plan.ts";
import type { RecoveryRecord } from "../ports/recovery-log.ts";
import { formatTable, type Column } from "./table.ts";
import { formatInstant } from "./when.ts";

export interface PlanInWords {
  stack: string;
  plan: RecoveryPlan;
  at: number | undefined;
  goesOn: RecoveryRecord | undefined;
  /** Nothing of what is there is kept. */
  isWithoutSafety: boolean;
}

const COLUMNS: Column<PlannedRestore>[] = [
  { title: "JOB", value: ({ job }) => job },
  {
    title: "WHAT",
    value: ({ kind, service }) => (kind === "volume" ? "volume" : `dump to ${service ?? "?"}`),
  },
  { title: "POINT", value: ({ point }) => point.id },
  { title: "STORE", value: ({ point }) => point.store },
  { title: "AS OF", value: ({ point }) => formatInstant(point.startedAt) },
  { title: "LOST", value: ({ lost }) => formatDuration(lost) },
  { title: "SIZE", value: ({ point }) => formatSize(point.sourceBytes), align: "right" },
  {
    title: "TAKES",
    value: ({ expected }) => (expected === undefined ? "?" : `~ ${formatDuration(expected)}`),
  },
];

export function restoresTable({ restores }: RecoveryPlan): string {
  return formatTable(restores, COLUMNS);
}

export function planText({ stack, plan, at, goesOn, isWithoutSafety }: PlanInWords): string {
  const { restores, leftAlone, stops, expected, spread } = plan;
  const asked = at === undefined ? "to the newest points" : `to ${formatInstant(at)}`;
  const head =
    goesOn === undefined
      ? `Recovery of stack ${stack} ${asked}:`
      : `Recovery of stack ${stack}, begun at ${formatInstant(goesOn.startedAt)} and cut off, goes on with ${progressOf(goesOn)}:`;
  const worst = restores.toSorted((a, b) => b.lost - a.lost)[0];
  return [
    head,
    "",
    restoresTable(plan),
    "",
    ...(worst === undefined ? [] : [lossOf(worst)]),
    ...(spread < MINUTE ? [] : [spreadOf(spread)]),
    ...leftAlone.map((left) => `NOT recovered: ${leftText(left)}`),
    stops.length === 0
      ? "No service runs that has to be stopped."
      : `Stops first, in this order: ${stops.join(", ")}.`,
    isWithoutSafety
      ? "What is there now is replaced, and NO copy of it is kept."
      : "What is there now is replaced; a copy of it is kept first.",
    expected === undefined
      ? "How long it takes has not been measured: a drill or a restore does (`holdfast drill`)."
      : `The restores take about ${formatDuration(expected)}, by what was measured.`,
  ].join("\n");
}

function lossOf({ job, lost, point }: PlannedRestore): string {
  return `Lost is what was written after these moments: at most ${formatDuration(lost)}, of ${job} everything after ${formatInstant(point.startedAt)}.`;
}

function spreadOf(spread: number): string {
  return `The points are of up to ${formatDuration(spread)} apart: what one job knows of another may not be there, or be missing.`;
}

function progressOf({ steps, servicesStartedAt }: RecoveryRecord): string {
  if (servicesStartedAt !== undefined) return "starting the services";
  const done = steps.filter(({ doneAt }) => doneAt !== undefined).length;
  return `${steps.length - done} of ${steps.length} restores`;
}

export function planJson({ stack, plan, at, goesOn }: PlanInWords): Record<string, unknown> {
  return {
    ...{ stack, at: at === undefined ? null : toIso(at), goesOn: goesOn?.id ?? null },
    ...{ stops: plan.stops, servers: plan.servers, spreadMs: plan.spread, expectedMs: plan.expected ?? null },
    jobs: plan.restores.map(({ job, kind, service, point, lost, expected }) => ({
      ...{ job, kind, service: service ?? null, point: point.id, store: point.store },
      ...{ pointStartedAt: toIso(point.startedAt), sourceBytes: point.sourceBytes },
      ...{ lostMs: lost, expectedMs: expected ?? null },
    })),
    notRecovered: plan.leftAlone.map(({ job, why, next }) => ({ job, why, next: next ?? null })),
  };
}
