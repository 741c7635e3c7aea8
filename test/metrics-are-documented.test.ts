/** docs/metrics.md and the code say the same, and Prometheus's own checker accepts both the metrics and the example. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  BUILD_INFO,
  COUNTERS,
  METRIC_PREFIX,
  RUN_DURATION,
  STATUS_GAUGES,
} from "../src/observability/metric-definitions.ts";
import { createMetrics } from "../src/observability/metrics.ts";
import { FakeClock } from "./fakes/fake-clock.ts";
import { runRecord, stackStatus, STATUS_AT } from "./fakes/status-fixture.ts";

const DOCS = readFileSync(new URL("../docs/metrics.md", import.meta.url), "utf8");

async function fullScrape(): Promise<string> {
  const problem = {
    condition: "stale",
    job: "data",
    severity: "critical",
    title: "",
    detail: "",
    next: "",
  } as const;
  const status = stackStatus({ alerts: [{ problem, since: STATUS_AT }] });
  const metrics = createMetrics({
    status: () => status,
    version: "1.2.3",
    clock: new FakeClock(STATUS_AT),
    channels: ["slack"],
  });
  metrics.observer.runFinished?.(runRecord());
  return (await metrics.scrape()).body;
}

/** Name, type and meaning of each metric as the scrape has them. */
function exposed(text: string): Map<string, { type: string; help: string }> {
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [name, help]));
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [
      name,
      { type, help: helps.get(name) ?? "" },
    ]),
  );
}

/** The rows of the tables whose first cell is a metric. */
function documented(): Map<string, { type: string; labels: string[]; meaning: string }> {
  const rows = DOCS.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \| (.*) \|$/gm);
  return new Map(
    [...rows].map(([, name = "", type = "", labels = "", meaning = ""]) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label), meaning },
    ]),
  );
}

describe("the documentation of the metrics", () => {
  it("has every metric with its type, and no other", async () => {
    const types = (metrics: Map<string, { type: string }>) =>
      [...metrics].map(([name, { type }]) => `${name}: ${type}`).sort();
    expect(types(documented())).toEqual(types(exposed(await fullScrape())));
  });

  it("has the labels of each metric", () => {
    const definitions = [
      BUILD_INFO,
      RUN_DURATION,
      ...Object.values(STATUS_GAUGES),
      ...Object.values(COUNTERS),
    ];
    for (const { name, labels } of definitions) {
      expect(documented().get(METRIC_PREFIX + name)?.labels, name).toEqual([...labels]);
    }
  });

  it("says of each metric what its help text says", async () => {
    for (const [name, { help }] of exposed(await fullScrape())) {
      expect(help).not.toBe("");
      expect(documented().get(name)?.meaning, name).toContain(help);
    }
  });

  it("asks in its queries for metrics that exist", async () => {
    const known = exposed(await fullScrape());
    const asked = [...DOCS.matchAll(/\bholdfast_\w+/g)].map(([name]) => name.replace(/_bucket$/, ""));
    expect(asked.length).toBeGreaterThan(known.size);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });
});

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

describe.skipIf(!hasPromtool)("promtool (skipped where it is not installed)", () => {
  it("accepts the metrics without a warning", async () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: await fullScrape(),
    });
    expect(`${stdout.toString()}${stderr.toString()}`).toBe("");
    expect(status).toBe(0);
  });

  it("accepts every query of the documentation", () => {
    const blocks = [...DOCS.matchAll(/^```promql\n(.*?)^```$/gms)].flatMap(([, text = ""]) =>
      text.split("\n\n"),
    );
    const cells = [...DOCS.matchAll(/^\| [^|]*\? \| `(.*)` \|$/gm)].map(([, query = ""]) => query);
    const rules = [...blocks, ...cells].map((expr, at) => ({ record: `query:${at}`, expr }));
    const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
    try {
      const file = join(folder, "rules.yml");
      writeFileSync(file, JSON.stringify({ groups: [{ name: "documented", rules }] }));
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", file]);
      expect(`${status} ${stderr.toString()}${stdout.toString()}`).toContain(
        `SUCCESS: ${rules.length} rules found`,
      );
      expect(rules.length).toBeGreaterThan(10);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("accepts the example scrape configuration", () => {
    const example = new URL("../config/prometheus/scrape.example.yml", import.meta.url).pathname;
    const { status, stderr } = spawnSync("promtool", ["check", "config", example]);
    expect(`${status} ${stderr.toString()}`).toMatch(/^0 /);
  });
});
