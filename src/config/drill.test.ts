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
    expect(drills["other"]).toEqual({ schedule: undefined, maxAge: undefined });
  });

  it("that would never come are refused", async () => {
    await expect(loadYaml(`jobs: { data: { ${DATA}, drill: { schedule: "@weekly" } } }`)).rejects.toThrow(
      'jobs.data.drill.schedule (line 1): expected manual, for points of kind command cannot be drilled, got "@weekly"',
    );
    await expect(loadYaml(`jobs: { data: { ${DATA}, drill: { schedule: manual } } }`)).resolves.toBeDefined();
  });
});
