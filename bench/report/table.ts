/** A section as a Markdown table, which reads well in a terminal too. */
import type { Measure } from "../measure.ts";
import type { Figures, Section } from "./section.ts";

const HEADINGS = ["", "best", "median", "ratio", "goal", "CPU", "CPU ratio", "peak", "stored"];

export function tableOf({ figures, goals = [] }: Section): string {
  const [ours] = figures;
  if (ours === undefined) return "nothing measured";
  const rows = [HEADINGS, ...figures.map((theirs) => rowOf(theirs, ours))];
  const lines = aligned(rows);
  const verdicts = goals.map(({ text, reached }) => `- ${text}: ${reached ? "reached" : "MISSED"}`);
  return [...lines, ...(verdicts.length === 0 ? [] : ["", ...verdicts])].join("\n");
}

export function bestOf(measures: readonly Measure[]): number {
  return Math.min(...measures.map(({ seconds }) => seconds));
}

export function peakOf(measures: readonly Measure[]): number {
  return Math.max(...measures.map(({ peakBytes }) => peakBytes));
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function rowOf(theirs: Figures, ours: Figures): string[] {
  const { tool, measures, storedBytes, goal } = theirs;
  const ratio = bestOf(ours.measures) / bestOf(measures);
  return [
    tool,
    seconds(bestOf(measures)),
    seconds(medianOf(measures.map((measure) => measure.seconds))),
    theirs === ours ? "" : ratio.toFixed(2),
    goal === undefined ? "" : `≤ ${goal.toFixed(1)} ${ratio <= goal ? "reached" : "MISSED"}`,
    seconds(leastCpu(measures)),
    theirs === ours ? "" : (leastCpu(ours.measures) / leastCpu(measures)).toFixed(2),
    megabytes(peakOf(measures)),
    storedBytes === undefined ? "" : megabytes(storedBytes),
  ];
}

function aligned(rows: readonly string[][]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const [headings = [], ...body] = rows;
  return [line(headings), line(rule), ...body.map(line)];
}

function leastCpu(measures: readonly Measure[]): number {
  return Math.min(...measures.map(({ cpuSeconds }) => cpuSeconds));
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}
