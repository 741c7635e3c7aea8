/**
 * The Prometheus text format as OpenMetrics 1.0 (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md): families of
 * counters are named without `_total`, quotes in help are escaped, no line is empty, and the end is marked.
 */
export const OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export function toOpenMetrics(text: string): string {
  const lines = text.split("\n").filter((line) => line !== "");
  const counters = new Set(
    lines
      .flatMap((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.slice(1) ?? [])
      .map((name) => `${name}_total`),
  );
  return `${lines.map((line) => lineOf(line, counters)).join("\n")}\n# EOF\n`;
}

function lineOf(line: string, counters: ReadonlySet<string>): string {
  const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
  if (kind === undefined) return line;
  const family = counters.has(name) ? name.slice(0, -"_total".length) : name;
  return `# ${kind} ${family} ${kind === "HELP" ? rest.replaceAll('"', '\\"') : rest}`;
}
