/** config/prometheus is what Prometheus and Alertmanager take, asks for what there is, and leaves no condition out. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CONDITIONS } from "../src/domain/alerts.ts";
import { exposedMetrics, metricsAskedFor } from "./fakes/exposed-metrics.ts";
import { stockTools } from "./fakes/stock-tools.ts";

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string; condition?: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

interface RuleTest {
  name: string;
  alert_rule_test: { alertname: string; exp_alerts: unknown[] }[];
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const FOLDER = "config/prometheus/";
const RULES = (parse(read(`${FOLDER}holdfast.rules.yml`)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const TESTS = (parse(read(`${FOLDER}holdfast.rules.test.yml`)) as { tests: RuleTest[] }).tests;
/** Severities of the table in docs/alerts.md, the first that is named. */
const SEVERITIES = new Map(
  [...read("docs/alerts.md").matchAll(/^\| `([a-z-]+)` \| [^|]* \| (\w+)/gm)].map(
    ([, condition = "", severity = ""]) => [condition, severity],
  ),
);

/** What begins as a warning of Holdfast's own and has a rule of its own once it is critical. */
const CRITICAL_TOO = ["HoldfastDiskFull"];

describe("the rules for Prometheus", () => {
  it("ask for metrics that exist", async () => {
    const known = await exposedMetrics();
    for (const { alert, expr } of RULES) {
      const asked = metricsAskedFor(expr);
      expect(asked, alert).not.toEqual([]);
      expect(
        asked.filter((name) => name !== "up" && !known.has(name)),
        alert,
      ).toEqual([]);
    }
  });

  it("have one for each condition of Holdfast's own, and name no other", () => {
    const named = RULES.flatMap(({ labels }) => labels.condition ?? []);
    expect([...new Set(named)].sort()).toEqual([...CONDITIONS].sort());
    const asked = RULES.flatMap(({ expr }) =>
      [...expr.matchAll(/condition="([^"]*)"/g)].map(([, name]) => name),
    );
    expect(asked.filter((name) => !CONDITIONS.some((condition) => condition === name))).toEqual([]);
  });

  it("are as severe as Holdfast's own alerts", () => {
    for (const { alert, labels } of RULES) {
      expect(["warning", "critical"], alert).toContain(labels.severity);
      if (labels.condition === undefined || CRITICAL_TOO.includes(alert)) continue;
      expect(labels.severity, alert).toBe(SEVERITIES.get(labels.condition));
    }
  });

  it("lead to a heading of docs/alerts.md that says what to do", () => {
    const headings = [...read("docs/alerts.md").matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    for (const { alert, labels, annotations } of RULES) {
      const [, anchor] =
        /^\{\{ \$externalLabels\.holdfast_docs \}\}docs\/alerts\.md#(.*)$/.exec(annotations.runbook_url) ??
        [];
      expect(headings, alert).toContain(anchor);
      if (labels.condition !== undefined) expect(anchor).toBe(labels.condition);
      expect(annotations.summary.length, alert).toBeLessThan(100);
      expect(annotations.description.length, alert).toBeGreaterThan(50);
    }
  });

  it("each have a case in which they are quiet, and one in which they fire", () => {
    for (const { alert } of RULES) {
      const cases = TESTS.flatMap((test) => test.alert_rule_test).filter(
        ({ alertname }) => alertname === alert,
      );
      expect(cases.map(({ exp_alerts }) => exp_alerts.length > 0).sort(), alert).toEqual([false, true]);
    }
  });

  it("are named in docs/prometheus.md", () => {
    const named = [...read("docs/prometheus.md").matchAll(/^\| `(Holdfast\w+)` \| (\w+) \|/gm)];
    expect(named.map(([, name, severity]) => `${name} ${severity}`).sort()).toEqual(
      RULES.map(({ alert, labels }) => `${alert} ${labels.severity}`).sort(),
    );
  });
});

const tools = stockTools("promtool", "amtool");

describe.skipIf(tools.areMissing)(`Prometheus's own tools${tools.title}`, () => {
  const run = (...[tool = "", ...args]: string[]) => {
    const { status, stdout, stderr } = spawnSync(tool, args, { cwd: `${ROOT}${FOLDER}` });
    return `${status} ${stdout.toString()}${stderr.toString()}`;
  };

  it("accept the rules", () => {
    expect(run("promtool", "check", "rules", "holdfast.rules.yml")).toContain(
      `SUCCESS: ${RULES.length} rules found`,
    );
  });

  it("find that each rule fires when it should, says what it should, and is quiet before", () => {
    expect(run("promtool", "test", "rules", "holdfast.rules.test.yml")).toMatch(/^0 /);
  });

  it("accept the examples of how to scrape and how to tell Slack", () => {
    expect(run("promtool", "check", "config", "scrape.example.yml")).toMatch(/^0 /);
    expect(run("amtool", "check-config", "alertmanager.example.yml")).toMatch(/^0 /);
  });
});
