/** Labels of services as config, through the loader. */
import { describe, expect, it } from "vitest";
import { configFiles } from "../../test/fakes/config-files.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { ServiceLabel } from "./labels.ts";
import { loadConfig } from "./load.ts";

const FILE = "/etc/holdfast/holdfast.yml";
const LABELS_OF_A_JOB = {
  "holdfast.jobs.data.source.kind": "volume",
  "holdfast.jobs.data.source.path": "/source/data",
};

function on(service: string, labels: Readonly<Record<string, string>>): ServiceLabel[] {
  return Object.entries(labels).map(([name, value]) => ({ service, name, value }));
}

function load(labels: readonly ServiceLabel[], { yaml, env = {} }: { yaml?: string; env?: object } = {}) {
  const files = configFiles(yaml === undefined ? {} : { [FILE]: yaml }, { "/source": ["found"] });
  return loadConfig({ env: { ...env }, files, labels });
}

async function mistakesOf(...args: Parameters<typeof load>): Promise<string[]> {
  const error = await load(...args).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HoldfastError);
  return (error as Error).message
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

describe("labels", () => {
  it("say what a file could say, with text for numbers, switches and lists", async () => {
    const labels = on("app", {
      ...LABELS_OF_A_JOB,
      "holdfast.jobs.data.source.exclude": "tmp/**, **/*.log",
      "holdfast.jobs.data.source.include": '["{a,b}/**"]',
      "holdfast.jobs.data.source.oneFileSystem": "true",
      "holdfast.jobs.data.schedule": "0 3 * * *",
      "holdfast.jobs.data.retention.daily": "7",
      "holdfast.defaults.retention.weekly": "4",
      "com.example.other": "label",
    });
    const config = await load(labels);
    expect(config.origin).toBe("no file and the labels of app");
    expect(config.isDiscovered).toBe(false);
    expect(config.jobs).toHaveLength(1);
    expect(config.jobs[0]).toMatchObject({
      source: {
        ...{ kind: "volume", path: "/source/data", oneFileSystem: true },
        ...{ exclude: ["tmp/**", "**/*.log"], include: ["{a,b}/**"] },
      },
      job: { name: "data", schedule: { expression: "0 3 * * *" }, retention: { daily: 7, weekly: 4 } },
    });
  });

  it("may be said again, by replicas, by another service and by the file", async () => {
    const labels = [
      ...on("app", { ...LABELS_OF_A_JOB, "holdfast.jobs.data.retention.daily": "7" }),
      ...on("app", LABELS_OF_A_JOB),
      ...on("worker", { "holdfast.jobs.data.source.kind": "volume" }),
    ];
    const yaml = "jobs: { data: { schedule: '@daily', retention: { daily: 7 } } }";
    const [configured] = (await load(labels, { yaml })).jobs;
    expect(configured?.job).toMatchObject({ schedule: { expression: "@daily" }, retention: { daily: 7 } });
  });

  it("that say something else than another place are refused, naming both", async () => {
    const labels = [
      ...on("app", { ...LABELS_OF_A_JOB, "holdfast.jobs.data.schedule": "@daily" }),
      ...on("worker", { "holdfast.jobs.data.schedule": "@hourly", "holdfast.jobs.data.timeout": "2h" }),
    ];
    const mistakes = await mistakesOf(labels, { yaml: "jobs: { data: { timeout: 1h } }" });
    const expected = "expected the same value everywhere, got another one than";
    expect(mistakes).toEqual([
      `service worker, label holdfast.jobs.data.schedule: ${expected} service app, label holdfast.jobs.data.schedule has`,
      `service worker, label holdfast.jobs.data.timeout: ${expected} the config file has`,
    ]);
  });

  it("with mistakes are refused as a file is, each by its service and label", async () => {
    const labels = on("app", {
      "holdfast.jobs.data.source.kind": "volume",
      "holdfast.jobs.data.schedul": "@daily",
      "holdfast.jobs.data.retention.daily": "many",
      "holdfast.jobs.data.stores": "local,ofsite",
      "holdfast.defaults.retry.attemps": "3",
      "holdfast.job.data.schedule": "@daily",
      "holdfast.jobs.data": "all",
    });
    const mistakes = await mistakesOf(labels);
    const of = (label: string) => mistakes.find((line) => line.startsWith(`service app, label ${label}: `));
    expect(of("holdfast.jobs.data.schedul")).toContain('did you mean "schedule"?');
    expect(of("holdfast.jobs.data.retention.daily")).toContain('got "many"');
    expect(of("holdfast.jobs.data.stores")).toContain('got "ofsite"');
    expect(of("holdfast.defaults.retry.attemps")).toContain('did you mean "attempts"?');
    expect(of("holdfast.job.data.schedule")).toContain('did you mean "jobs"?');
    expect(of("holdfast.jobs.data")).toContain("expected holdfast.jobs.<job>.<key>");
    expect(of("holdfast.jobs.data.source.kind")).toContain("expected an absolute path");
  });

  it("name a job that holds dots as messages do", async () => {
    const labels = on("app", {
      'holdfast.jobs["my.data"].source.kind': "volume",
      'holdfast.jobs["my.data"].source.path': "/source/data",
    });
    expect((await load(labels)).jobs.map(({ job }) => job.name)).toEqual(["my.data"]);
  });

  it("change one job of a file whose jobs are one alias", async () => {
    const yaml = `
      jobs:
        a: &job { source: { kind: volume, path: /source/data }, retention: { daily: 7 } }
        b: *job`;
    const { jobs } = await load(on("app", { "holdfast.jobs.b.retention.weekly": "4" }), { yaml });
    expect(jobs.map(({ job }) => job.retention)).toEqual([{ daily: 7 }, { daily: 7, weekly: 4 }]);
  });

  it("of the defaults alone leave the jobs to the directories that there are", async () => {
    const config = await load(on("app", { "holdfast.defaults.retention.daily": "3" }));
    expect(config.isDiscovered).toBe(true);
    expect(config.jobs.map(({ job }) => [job.name, job.retention.daily])).toEqual([["found", 3]]);
  });

  it("cannot reach beyond the jobs", async () => {
    const labels = on("app", {
      "holdfast.http.token": "a-token-for-all",
      "holdfast.jobs.__proto__.source.kind": "volume",
    });
    const mistakes = await mistakesOf(labels);
    expect(mistakes.join("\n")).toContain("label holdfast.http.token: expected holdfast.jobs.<job>.<key>");
    expect(mistakes.join("\n")).toContain("label holdfast.jobs.__proto__.source.kind: ");
    expect(mistakes.join("\n")).not.toContain("a-token-for-all");
    expect({}).not.toHaveProperty("source");
  });
});

describe("the name of the stack", () => {
  const files = configFiles({}, { "/source": ["data"] });

  it("is the file's, else that of COMPOSE_PROJECT_NAME, else the Compose project's, else default", async () => {
    const env = { COMPOSE_PROJECT_NAME: "named" };
    const named = configFiles({ [FILE]: "stack: own" }, { "/source": ["data"] });
    const names = [
      await loadConfig({ env, files: named, project: "shop" }),
      await loadConfig({ env, files, project: "shop" }),
      await loadConfig({ env: { COMPOSE_PROJECT_NAME: "" }, files, project: "shop" }),
      await loadConfig({ env: {}, files }),
    ].map(({ stack, isNamed, project }) => ({ stack, isNamed, project }));
    expect(names).toEqual([
      { stack: "own", isNamed: true, project: "shop" },
      { stack: "named", isNamed: true, project: "shop" },
      { stack: "shop", isNamed: true, project: "shop" },
      { stack: "default", isNamed: false, project: "default" },
    ]);
  });
});
