import { describe, expect, it } from "vitest";
import { configFiles, loadYaml } from "../../test/fakes/config-files.ts";
import { problemLine, type ConfigError } from "./config-error.ts";
import { loadConfig } from "./load.ts";

const withChecks = (checks: string) =>
  `jobs: { data: { source: { kind: volume, path: /source/data }, checks: ${checks} } }\n`;

const MINUTES = 60_000;

describe("checks after a restore", () => {
  it("are what the file says, each with its defaults", async () => {
    const yaml = withChecks(
      `[{ http: { url: "http://app/health" } }, { running: [app, db], timeout: 5m }, { noErrors: { service: app } }]`,
    );
    const config = await loadYaml(yaml);
    expect(config.jobs[0]?.job.afterRestore).toEqual({
      healthLimit: 2 * MINUTES,
      checks: [
        { look: { kind: "http", url: "http://app/health", status: 200 }, timeout: 2 * MINUTES },
        { look: { kind: "running", services: ["app", "db"] }, timeout: 5 * MINUTES },
        { look: { kind: "noErrors", service: "app", pattern: "ERROR" }, timeout: 2 * MINUTES },
      ],
    });
  });

  it("may be said in a label, as a list in JSON", async () => {
    const said = {
      "holdfast.jobs.data.source.kind": "volume",
      "holdfast.jobs.data.source.path": "/source/data",
      "holdfast.jobs.data.checks": '[{"http": {"url": "http://app/", "status": "204"}}]',
      "holdfast.jobs.data.quiesce.healthTimeout": "10m",
    };
    const labels = Object.entries(said).map(([name, value]) => ({ service: "app", name, value }));
    const { jobs } = await loadConfig({ env: {}, files: configFiles({}, { "/source": [] }), labels });
    expect(jobs[0]?.job.afterRestore).toMatchObject({
      healthLimit: 10 * MINUTES,
      checks: [{ look: { url: "http://app/", status: 204 } }],
    });
  });

  it.each([
    [
      "[{}]",
      "jobs.data.checks[0] (line 1): expected a check with one of http, running and noErrors, got an empty map",
    ],
    [
      "[{ running: [a], noErrors: { service: a } }]",
      "jobs.data.checks[0] (line 1): expected a check with one of http, running and noErrors, got a map",
    ],
    [
      "[{ runing: [a] }]",
      'jobs.data.checks[0].runing (line 1): expected one of the keys http, running, noErrors, timeout, got "runing"; did you mean "running"?',
    ],
    [
      "[{ http: { url: ftp://app, status: 99 } }]",
      "jobs.data.checks[0].http.status (line 1): expected a status of HTTP, such as 200, got 99",
    ],
    [
      '[{ noErrors: { service: app, pattern: "(" } }]',
      expect.stringMatching(
        /noErrors\.pattern \(line 1\): expected a regular expression, got "\(" \(/,
      ) as string,
    ],
    [
      "[{ running: [] }]",
      expect.stringMatching(/running \(line 1\): expected a list of Compose services/) as string,
    ],
  ])("are refused as %s", async (checks, line) => {
    const error: unknown = await loadYaml(withChecks(checks)).catch((thrown: unknown) => thrown);
    expect((error as ConfigError).problems.map(problemLine)).toContainEqual(line);
  });
});
