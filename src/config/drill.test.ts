import { describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { DAY } from "../domain/instant.ts";

const DISK = "source: { kind: gce-disk, project: acme, zone: europe-north1-a, disk: data }";
const DATA = "source: { kind: command, service: app, command: [dump] }";

const drillsOf = async (yaml: string) =>
  Object.fromEntries((await loadYaml(yaml)).jobs.map(({ job }) => [job.name, job.drill]));

describe("drills in the config", () => {
  it("have the schedule in the job's zone, and a limit", async () => {
    const drills = await drillsOf(`
      timezone: Europe/Prague
      jobs: { disk: { ${DISK}, drill: { schedule: "0 5 * * 0", maxAge: 15d } } }`);
    expect(drills["disk"]).toMatchObject({
      schedule: { expression: "0 5 * * 0", timezone: "Europe/Prague" },
      maxAge: 15 * DAY,
    });
  });

  it("in defaults are for the jobs that can be drilled", async () => {
    const drills = await drillsOf(`
      defaults: { drill: { schedule: "@weekly" } }
      jobs: { disk: { ${DISK} }, other: { ${DATA} } }`);
    expect(drills["disk"]?.schedule?.expression).toBe("@weekly");
    expect(drills["other"]).toMatchObject({ schedule: undefined, maxAge: undefined });
  });

  it("have checks of what was restored, and a store to restore from", async () => {
    const drills = await drillsOf(`
      stores: { near: { kind: local, path: /a }, far: { kind: local, path: /b } }
      jobs:
        data:
          source: { kind: volume, path: /source/data }
          drill:
            from: far
            point: random
            checks: [{ files: [a] }, { json: [b/c.json] }, { command: "app check", service: app }]`);
    expect(drills["data"]).toMatchObject({
      ...{ from: "far", point: "random" },
      checks: [
        { kind: "files", paths: ["a"] },
        { kind: "json", paths: ["b/c.json"] },
        { kind: "command", command: ["sh", "-c", "app check"], service: "app", timeout: 300_000 },
      ],
    });
  });

  it.each([
    ["from: near", 'jobs.data.drill.from (line 1): expected the store local, got "near"'],
    ["checks: [{ files: [/etc/passwd] }]", "expected a path relative to the root of the source"],
    [
      "checks: [{ files: [a], json: [b] }]",
      "expected a check with one of files, json, databases, command and query",
    ],
    [
      "checks: [{ files: [a], image: b }]",
      "expected a check with one of files, json, databases, command and query",
    ],
  ])("refuse %s", async (drill, sentence) => {
    const yaml = `jobs: { data: { source: { kind: volume, path: /d }, drill: { ${drill} } } }`;
    await expect(loadYaml(yaml)).rejects.toThrow(sentence);
  });

  it("refuse a check that there is not for such points", async () => {
    const yaml = `jobs: { disk: { ${DISK}, drill: { checks: [{ command: x }] } } }`;
    await expect(loadYaml(yaml)).rejects.toThrow("jobs.disk.drill.checks[0]");
  });

  it("ask servers, for a text or for a number", async () => {
    const query = (of: string) =>
      loadYaml(`jobs: { db: { source: { kind: postgres, service: db }, drill: { checks: [{ ${of} }] } } }`);
    const checked = async (of: string) => (await query(of)).jobs[0]?.job.drill.checks;
    expect(await checked("query: SELECT 1, expect: 1, database: app")).toEqual([
      { kind: "query", query: "SELECT 1", expect: "1", database: "app", atLeast: undefined },
    ]);
    expect(await checked("query: SELECT 2, atLeast: 2")).toMatchObject([{ atLeast: 2 }]);
    await expect(query("query: SELECT 2, atLeast: 2, expect: a")).rejects.toThrow("expect or atLeast");
    const ofFiles = (of: string) =>
      loadYaml(`jobs: { d: { source: { kind: volume, path: /d }, drill: { checks: [{ ${of} }] } } }`);
    expect((await ofFiles("query: SELECT 1, database: a.db")).jobs[0]?.job.drill.checks).toMatchObject([
      { database: "a.db" },
    ]);
    await expect(ofFiles("query: SELECT 1")).rejects.toThrow(
      "jobs.d.drill.checks[0] (line 1): expected the path of a `database`",
    );
    await expect(query("files: [a]")).rejects.toThrow("for points of kind postgres (query), got files");
  });

  it("attach disks where there is something to look at on them", async () => {
    const attach = async (drill: string) =>
      (await drillsOf(`jobs: { disk: { ${DISK}, drill: { ${drill} } } }`))["disk"]?.attach;
    expect(await attach("schedule: '@weekly'")).toBe(false);
    expect(await attach("attach: true")).toBe(true);
    expect(await attach("checks: [{ databases: [app.duckdb] }]")).toBe(true);
  });

  it("that would never come are refused", async () => {
    await expect(loadYaml(`jobs: { data: { ${DATA}, drill: { schedule: "@weekly" } } }`)).rejects.toThrow(
      'jobs.data.drill.schedule (line 1): expected manual, for points of kind command cannot be drilled, got "@weekly"',
    );
    await expect(loadYaml(`jobs: { data: { ${DATA}, drill: { schedule: manual } } }`)).resolves.toBeDefined();
  });
});

describe("drills of the whole stack in the config", () => {
  const JOBS = `jobs: { data: { ${DATA} } }`;

  it("have a schedule in the zone of the stack, limits, and are by hand where nothing is said", async () => {
    const asked = await loadYaml(`
      timezone: Europe/Prague
      drill: { schedule: "0 6 * * 0", maxAge: 15d, limits: { cpus: 1.5, memory: 1GB } }
      ${JOBS}`);
    expect(asked.stackDrill).toMatchObject({
      schedule: { expression: "0 6 * * 0", timezone: "Europe/Prague" },
      ...{ maxAge: 15 * DAY, limits: { cpus: 1.5, memory: 1e9 } },
    });
    const { stackDrill } = await loadYaml(JOBS);
    expect(stackDrill).toEqual({ schedule: undefined, maxAge: undefined, limits: {} });
  });

  it("are refused with limits of nothing, and by a schedule where no job would tell of them", async () => {
    await expect(loadYaml(`drill: { limits: { cpus: 0 } }\n${JOBS}`)).rejects.toThrow(
      "a number of processors above zero",
    );
    await expect(loadYaml(`keepConfig: off\ndrill: { schedule: "@weekly" }\n${JOBS}`)).rejects.toThrow(
      "expected manual with keepConfig off",
    );
  });
});
