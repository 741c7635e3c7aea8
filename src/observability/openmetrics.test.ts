import { expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { runRecord, stackStatus, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { createMetrics } from "./metrics.ts";
import { toOpenMetrics } from "./openmetrics.ts";

it("tells the same as the text format, by the rules of OpenMetrics", async () => {
  const clock = new FakeClock(STATUS_AT);
  const metrics = createMetrics({ status: () => stackStatus(), version: "1", clock, channels: ["team"] });
  metrics.observer.runFinished?.(runRecord());
  const text = await metrics.scrape();
  const { contentType, body } = await metrics.scrape("openmetrics");
  expect(contentType).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  const samples = (of: string) => of.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  // What the process itself takes differs from scrape to scrape.
  const steady = (of: string) => samples(of).filter((line) => line.startsWith("holdfast_"));
  expect(steady(body)).toEqual(steady(text.body));
  expect(samples(body)).toHaveLength(samples(text.body).length);

  const lines = body.split("\n");
  expect(lines.slice(-2)).toEqual(["# EOF", ""]);
  expect(lines.slice(0, -1)).not.toContain("");
  const suffixes: Record<string, string[]> = {
    counter: ["_total"],
    gauge: [""],
    histogram: ["_bucket", "_sum", "_count"],
  };
  const seen = new Set<string>();
  let allowed: string[] = [];
  for (const line of lines.slice(0, -2)) {
    const [, name = "", type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== "") {
      expect(seen).not.toContain(name);
      seen.add(name);
      expect(Object.keys(suffixes)).toContain(type);
      allowed = (suffixes[type] ?? []).map((suffix) => name + suffix);
    } else if (!line.startsWith("#")) expect(allowed).toContain(/^[a-z_]+/.exec(line)?.[0]);
  }
  expect(seen).toContain("holdfast_runs");
});

it("escapes quotes of help, and leaves samples as they are", () => {
  const text =
    '# HELP a_total Says "so".\n# TYPE a_total counter\na_total{x="y"} 1\n\n# HELP b A.\n# TYPE b gauge\nb 2\n';
  expect(toOpenMetrics(text)).toBe(
    '# HELP a Says \\"so\\".\n# TYPE a counter\na_total{x="y"} 1\n# HELP b A.\n# TYPE b gauge\nb 2\n# EOF\n',
  );
});
