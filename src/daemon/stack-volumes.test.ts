import { beforeEach, describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { ContainerMount } from "../ports/container-runtime.ts";
import {
  lookAtVolumes,
  unprotectedVolumes,
  withLostVolumes,
  withStackJobs,
  type StackVolumes,
} from "./stack-volumes.ts";

let engine: MemoryEngine;

const mount = (key: string, destination: string): ContainerMount => ({
  ...{ kind: "volume", volume: `shop_${key}`, source: `/engine/${key}`, destination, writable: true },
});

beforeEach(() => {
  engine = new MemoryEngine();
  const mounts = [
    mount("archive", "/archive"),
    mount("state", "/var/lib/holdfast"),
    mount("uploads", "/source/uploads"),
  ];
  engine.own = engine.addService({ service: "backup", project: "shop", mounts });
  for (const key of ["app_data", "cache", "uploads", "archive", "state"]) addVolume("shop", key);
  addVolume("blog", "posts");
});

function addVolume(project: string, key: string): void {
  engine.volumesThere.push({ name: `${project}_${key}`, labels: {}, project, key, driver: "local" });
}

async function look(yaml: string): Promise<{ config: LoadedConfig; seen: StackVolumes }> {
  const config = await loadYaml(yaml);
  return { config, seen: await lookAtVolumes(engine, config, new AbortController().signal) };
}

async function jobs(yaml: string) {
  const { config, seen } = await look(yaml);
  return withStackJobs(config, seen).jobs;
}

async function unprotected(yaml: string): Promise<string[]> {
  const { config, seen } = await look(yaml);
  return unprotectedVolumes(withStackJobs(config, seen), seen);
}

describe("a job for the whole stack", () => {
  it("is one for each volume of the project, with all else that the job says, and none for our own", async () => {
    const made = await jobs(
      'jobs: { all: { source: { kind: stack, exclude: [cache] }, schedule: "0 3 * * *", jitter: 5m } }',
    );
    expect(made.map(({ job, source }) => [job.name, job.sourceKind, source])).toEqual([
      ["app_data", "volume", { kind: "volume", volume: "shop_app_data" }],
      ["uploads", "volume", { kind: "volume", volume: "shop_uploads" }],
    ]);
    expect(made.map(({ job }) => [job.schedule?.expression, job.jitter])).toEqual(
      made.map(() => ["0 3 * * *", 300_000]),
    );
  });

  it("has databases captured in each of them by the same rules", async () => {
    const made = await jobs(`jobs:
      all: { source: { kind: stack, embeddedDatabases: { rules: [{ match: "*.db", key: secret }] } } }`);
    const rules = made.map(({ source }) => "embeddedDatabases" in source && source.embeddedDatabases);
    const rule = { match: "*.db", key: "secret", capture: "auto", verify: "full" };
    expect(rules).toMatchObject(made.map(() => ({ together: false, rules: [rule] })));
    expect(made.length).toBeGreaterThan(1);
  });

  it("has a new volume at the next look", async () => {
    addVolume("shop", "added");
    const made = await jobs("jobs: { all: { source: { kind: stack } } }");
    expect(made.map(({ job }) => job.name)).toEqual(["added", "app_data", "cache", "uploads"]);
  });

  it("leaves to other jobs what they back up, by name or through a mount", async () => {
    const made = await jobs(`jobs:
      all: { source: { kind: stack, exclude: [cache] } }
      data: { source: { kind: volume, volume: app_data } }
      sources: { source: { kind: volume, path: /source/ } }`);
    expect(made.map(({ job }) => job.name)).toEqual(["data", "sources"]);
  });

  it("is refused where another job of a volume's name backs up something else", async () => {
    const config = `jobs:
      all: { source: { kind: stack } }
      app_data: { source: { kind: volume, path: /etc } }`;
    await expect(jobs(config)).rejects.toThrow(
      "there is another job app_data, which does not back up the volume of that name; rename that job",
    );
  });
});

describe("a volume that is gone from the stack", () => {
  const STACK = "jobs: { all: { source: { kind: stack, exclude: [old] }, jitter: 5m } }";
  const recordOf = (job: string, capture: Record<string, unknown>) => ({ job, capture }) as CommitRecord;
  const whole = async (...records: CommitRecord[]) => {
    const { config, seen } = await look(STACK);
    const { jobs: all } = withLostVolumes(withStackJobs(config, seen), seen, records);
    return all.filter(({ isVanished }) => isVanished === true);
  };

  it("stays a job while a store has points of it, which tell its name", async () => {
    const lost = await whole(
      recordOf("gone", { volume: "shop_gone" }),
      recordOf("renamed", { volume: "other-name", volumeKey: "Renamed" }),
    );
    expect(lost.map(({ job, source }) => [job.name, job.sourceKind, job.jitter, source])).toEqual([
      ["gone", "volume", 300_000, { kind: "volume", volume: "shop_gone" }],
      ["renamed", "volume", 300_000, { kind: "volume", volume: "other-name" }],
    ]);
  });

  it("is none that somebody excluded, that is there, or that was another job's", async () => {
    const lost = await whole(
      recordOf("old", { volume: "shop_old" }),
      recordOf("app_data", { volume: "shop_app_data" }),
      recordOf("data", { volume: "shop_gone" }),
      recordOf("files", { path: "/source/files" }),
    );
    expect(lost).toEqual([]);
  });
});

describe("a volume that nobody backs up", () => {
  it("is one of the project that no job captures and that is not our own", async () => {
    const config = "jobs: { data: { source: { kind: volume, volume: shop_app_data } } }";
    expect(await unprotected(config)).toEqual(["cache", "uploads"]);
  });

  it("is also one of which only a part is captured, but not one whose whole mount is", async () => {
    const part = "jobs: { part: { source: { kind: volume, path: /source/uploads/images } } }";
    expect(await unprotected(part)).toEqual(["app_data", "cache", "uploads"]);
    const whole = "jobs: { whole: { source: { kind: volume, path: /source/uploads } } }";
    expect(await unprotected(whole)).toEqual(["app_data", "cache"]);
  });

  it("is not what somebody excluded", async () => {
    expect(await unprotected("jobs: { all: { source: { kind: stack, exclude: [cache] } } }")).toEqual([]);
  });
});
