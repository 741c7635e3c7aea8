/** The dashboards of config/grafana are what Grafana takes, and ask for what there is. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { exposedMetrics, metricsAskedFor } from "./fakes/exposed-metrics.ts";
import { stockTools } from "./fakes/stock-tools.ts";
import { temporaryDirectory } from "./fakes/temporary-directory.ts";

interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: { type: string; uid: string };
  gridPos: { h: number; w: number; x: number; y: number };
  fieldConfig?: {
    defaults: { unit?: string; thresholds?: Thresholds };
    overrides: { properties: { id: string; value: unknown }[] }[];
  };
  targets?: { refId: string; expr: string; datasource: { uid: string } }[];
}

interface Thresholds {
  steps: { color: string; value: number | null }[];
}

interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  templating: { list: { name: string; type: string; definition?: string }[] };
  panels: Panel[];
}

const FOLDER = fileURLToPath(new URL("../config/grafana", import.meta.url));
const dashboards = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => [name, JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Dashboard]),
);

/** Those that Grafana fills in itself. */
const BUILT_IN = ["__rate_interval", "__range", "__value.raw"];

const expressionsOf = ({ panels }: Dashboard) =>
  panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

it("there are dashboards of the fleet and of one stack, each with a name of its own", () => {
  expect([...dashboards.values()].map(({ uid }) => uid).sort()).toEqual(["holdfast-fleet", "holdfast-stack"]);
});

describe.each([...dashboards])("%s", (name, dashboard) => {
  const { panels, templating } = dashboard;
  const shown = panels.filter(({ type }) => type !== "row");

  it("asks for metrics that exist, and for some in each panel", async () => {
    const known = await exposedMetrics();
    const queries = templating.list.flatMap(({ definition = [] }) => definition);
    const asked = [...expressionsOf(dashboard), ...queries].flatMap(metricsAskedFor);
    expect(asked.filter((metric) => metric !== "up" && !known.has(metric))).toEqual([]);
    for (const { title, targets = [] } of shown) {
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr } of targets) expect(metricsAskedFor(expr), title).not.toEqual([]);
    }
  });

  it("uses its variables, and no other", () => {
    const text = JSON.stringify(dashboard);
    const used = [...text.matchAll(/\$\{?([a-z_]\w*(?:\.raw)?)/gi)].map(([, variable = ""]) => variable);
    const defined = templating.list.map((variable) => variable.name);
    expect(new Set(used.filter((variable) => !BUILT_IN.includes(variable)))).toEqual(new Set(defined));
  });

  it("takes everything from the chosen data source, and is filtered by the chosen stack", () => {
    for (const { title, datasource, targets = [] } of shown) {
      expect(datasource, title).toEqual({ type: "prometheus", uid: "${datasource}" });
      for (const target of targets) {
        expect(target.datasource.uid, title).toBe("${datasource}");
        expect(target.expr, title).toMatch(/stack=~?"\$stack"/);
      }
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it("gives every figure a unit, thresholds that rise, and every panel a title", () => {
    for (const { title, type, fieldConfig } of shown) {
      expect(title).not.toBe("");
      const { unit, thresholds } = fieldConfig?.defaults ?? {};
      if (!["table", "state-timeline"].includes(type)) expect(unit, title).toBeDefined();
      const overridden = (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
        properties.filter(({ id }) => id === "thresholds").map(({ value }) => value as Thresholds),
      );
      for (const { steps } of [...(thresholds === undefined ? [] : [thresholds]), ...overridden]) {
        expect(steps[0]?.value, title).toBeNull();
        const values = steps.slice(1).map(({ value }) => value ?? Number.NaN);
        expect(values, title).toEqual([...values].sort((a, b) => a - b));
      }
    }
  });

  it("lays its panels beside and below one another, each with a number of its own", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  const promtool = stockTools("promtool");
  it.skipIf(promtool.areMissing)(`has expressions that Prometheus reads${promtool.title}`, () => {
    const rules = expressionsOf(dashboard).map((expr, at) => ({
      record: `${name.replace(/\W/g, "_")}:${at}`,
      expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1d"),
    }));
    const file = join(temporaryDirectory(), "rules.yml");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { stdout, stderr } = spawnSync("promtool", ["check", "rules", file]);
    expect(`${stdout.toString()}${stderr.toString()}`).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});

it("the example of how Grafana finds them is read", () => {
  const example = parse(readFileSync(join(FOLDER, "provisioning.example.yml"), "utf8")) as {
    apiVersion: number;
    providers: { type: string; options: { path: string } }[];
  };
  expect(example).toMatchObject({ apiVersion: 1, providers: [{ type: "file" }] });
});
