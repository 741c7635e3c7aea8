/**
 * Gauges straight as text in the exposition format: a scrape replaces them all, and of hundreds of jobs there are tens of
 * thousands. The format: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import { METRIC_PREFIX, type MetricDefinition } from "./metric-definitions.ts";

/** Several labels as they stand between the braces: made once, used for many series. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

export class GaugeText {
  readonly #name: string;
  readonly #head: string;
  #lines = "";

  constructor({ name, help }: MetricDefinition) {
    this.#name = METRIC_PREFIX + name;
    this.#head = `# HELP ${this.#name} ${help}\n# TYPE ${this.#name} gauge\n`;
  }

  /** What is not known has no series, rather than a number that looks like one. No labels: an empty text. */
  set(labels: string, value: number | undefined): void {
    if (value === undefined) return;
    this.#lines += `${this.#name}${labels === "" ? "" : `{${labels}}`} ${value}\n`;
  }

  /** All that was set since the last time. */
  take(): string {
    const text = this.#head + this.#lines;
    this.#lines = "";
    return text;
  }
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
    : value;
}
