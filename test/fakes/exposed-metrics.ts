/** The names of all series that a scrape can have, those of histograms with what Prometheus appends. */
import { createMetrics } from "../../src/observability/metrics.ts";
import { FakeClock } from "./fake-clock.ts";
import { stackStatus, STATUS_AT } from "./status-fixture.ts";

export async function exposedMetrics(): Promise<ReadonlySet<string>> {
  const clock = new FakeClock(STATUS_AT);
  const metrics = createMetrics({
    ...{ clock, version: "1.2.3", channels: [] },
    status: () => stackStatus(),
    reload: () => ({ error: undefined, at: STATUS_AT }),
  });
  const { body } = await metrics.scrape();
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    types.flatMap(([, name = "", type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** Names of metrics in an expression: words that are followed neither by a parenthesis nor by what makes them a label. */
export function metricsAskedFor(expression: string): string[] {
  return [...expression.matchAll(/\b(?:holdfast|process)_\w+|\bup\b/g)].map(([name]) => name);
}
