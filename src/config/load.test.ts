import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configFiles, loadYaml } from "../../test/fakes/config-files.ts";
import { DAY, HOUR, MINUTE } from "../domain/instant.ts";
import { loadConfig } from "./load.ts";
import { directoryOf } from "./loaded-config.ts";

const SOURCE = "source: { kind: volume, path: /source/data }";

describe("a small config", () => {
  it("gets a default for everything that it does not say", async () => {
    const config = await loadYaml(`jobs: { data: { ${SOURCE} } }`);
    expect(config).toMatchObject({
      stack: "default",
      timezone: "UTC",
      stores: [{ name: "local", options: { kind: "local", path: "/archive" } }],
      alerts: { repeatEvery: 6 * HOUR, channels: [], diskLow: {} },
      http: { listen: { host: "0.0.0.0", port: 9219 }, token: undefined },
      stateDirectory: "/var/lib/holdfast",
      concurrency: 1,
      lockWait: 10 * MINUTE,
      log: { level: "info", format: "auto" },
      origin: "/etc/holdfast/holdfast.yml",
    });
    expect(config.jobs).toEqual([
      {
        job: {
          name: "data",
          sourceKind: "volume",
          schedule: undefined,
          timezone: "UTC",
          stores: ["local"],
          retention: {},
          keepFor: {},
          prunedElsewhere: [],
          freshness: { maxAge: undefined, minSize: undefined },
          retry: { attempts: 3, initialDelay: 30_000, maxDelay: 900_000 },
          timeout: DAY,
          jitter: 0,
          full: expect.objectContaining({ expression: "weekly", timezone: "UTC" }) as unknown,
          afterRestore: { healthLimit: 120_000, checks: [] },
          recheck: 0.01,
          verify: { schedule: undefined, share: 0.1 },
          drill: {
            schedule: undefined,
            maxAge: undefined,
            from: undefined,
            point: "newest",
            attach: false,
            checks: [],
          },
        },
        source: { kind: "volume", path: "/source/data" },
      },
    ]);
  });

  it("takes numbers and switches from variables, which are always text", async () => {
    const yaml = `
      concurrency: \${JOBS}
      http: { listen: "\${LISTEN}" }
      jobs: { data: { ${SOURCE}, retention: { daily: "\${DAYS:-14}" } } }`;
    const config = await loadYaml(yaml, { env: { JOBS: "2", LISTEN: "false" } });
    expect(config.concurrency).toBe(2);
    expect(config.http.listen).toBe(false);
    expect(config.jobs[0]?.job.retention).toEqual({ daily: 14 });
  });
});

describe("defaults", () => {
  const yaml = `
    timezone: Europe/Prague
    stores: { a: { kind: local, path: /a }, b: { kind: local, path: /b } }
    defaults: { stores: [a, b], schedule: "@daily", retention: { daily: 14, within: 7d }, retry: { attempts: 5 } }
    jobs:
      plain: { ${SOURCE} }
      own: { ${SOURCE}, stores: [b], schedule: manual, timezone: UTC, retention: { daily: 0, monthly: -1 }, retry: { maxDelay: 1h } }`;

  it("go under every job, map by map", async () => {
    const [plain, own] = (await loadYaml(yaml)).jobs.map(({ job }) => job);
    const week = { years: 0, months: 0, days: 7, milliseconds: 0 };
    expect(plain).toMatchObject({ stores: ["a", "b"], retention: { daily: 14, within: week } });
    expect(own?.retention).toEqual({ daily: 0, within: week, monthly: -1 });
    expect(own?.retry).toEqual({ attempts: 5, initialDelay: 30_000, maxDelay: HOUR });
  });

  it("give way to a job's own lists and values", async () => {
    const [plain, own] = (await loadYaml(yaml)).jobs;
    expect(own?.job.stores).toEqual(["b"]);
    expect(own?.job.schedule).toBeUndefined();
    expect(own?.job.timezone).toBe("UTC");
    expect(plain?.job.schedule).toMatchObject({ expression: "@daily", timezone: "Europe/Prague" });
  });
});

describe("without a config file", () => {
  const load = (directories: string[], env: Record<string, string> = {}) =>
    loadConfig({ env, files: configFiles({}, { "/source": directories, "/volumes": directories }) });

  it("every directory under the source root is a job, daily at 02:00, kept 14 days", async () => {
    const config = await load(["data", "My Uploads"], { COMPOSE_PROJECT_NAME: "shop" });
    expect(config).toMatchObject({ stack: "shop", origin: "no file" });
    expect(config.jobs.map(({ job, source }) => [job.name, directoryOf(source)])).toEqual([
      ["data", "/source/data"],
      ["my-uploads", "/source/My Uploads"],
    ]);
    expect(config.jobs[0]?.job).toMatchObject({
      schedule: { expression: "0 2 * * *", timezone: "UTC" },
      retention: { within: { days: 14 } },
      stores: ["local"],
    });
  });

  it("the environment says where the sources, the archive and the state are", async () => {
    const env = { HOLDFAST_SOURCE: "/volumes", HOLDFAST_ARCHIVE: "/backups", HOLDFAST_STATE: "/state" };
    const config = await load(["data"], env);
    expect(config.jobs[0]?.source).toMatchObject({ path: "/volumes/data" });
    expect(config.stores[0]?.options).toEqual({ kind: "local", path: "/backups" });
    expect(config.stateDirectory).toBe("/state");
  });

  it("nothing to back up is refused with the next step", async () => {
    await expect(load([])).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/mount the volumes/) as string,
    });
  });

  it("directories whose names would be the same job's are refused, and so is one without a name", async () => {
    const error = await load(["Data", "data", "数"]).catch((thrown: unknown) => thrown);
    expect((error as Error).message.split("\n").slice(1)).toEqual([
      '  jobs.data: expected directories of /source with different names, got "Data" too: both would be job data; name the jobs in a config file',
      '  jobs["数"]: expected a directory of /source whose name holds a letter from a to z or a digit, got "数"; name the jobs in a config file',
    ]);
  });
});

describe("a config file without jobs", () => {
  it("gets the same jobs, under its own stores and defaults", async () => {
    const yaml = "stores: { nas: { kind: local, path: /nas } }\ndefaults: { retention: { daily: 7 } }";
    const config = await loadYaml(yaml, { directories: { "/source": ["data"] } });
    expect(config.jobs[0]?.job).toMatchObject({ stores: ["nas"], schedule: { expression: "0 2 * * *" } });
    expect(config.jobs[0]?.job.retention).toEqual({ daily: 7 });
  });

  it("is refused when there are no directories either", async () => {
    await expect(loadYaml("stack: web")).rejects.toThrow(
      /jobs: expected a map of one or more jobs, or directories in \/source/,
    );
  });
});

describe("files on disk", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdfast-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("the config named on the command line comes before the one in the environment, and so does the state", async () => {
    await writeFile(join(folder, "a.yml"), `stack: a\nstate: /of-file\njobs: { data: { ${SOURCE} } }`);
    const named = { configPath: join(folder, "a.yml"), env: { HOLDFAST_CONFIG: join(folder, "b.yml") } };
    expect(await loadConfig(named)).toMatchObject({
      stack: "a",
      stateDirectory: "/of-file",
      origin: join(folder, "a.yml"),
    });
    expect(await loadConfig({ ...named, statePath: "/of-flag" })).toMatchObject({
      stateDirectory: "/of-flag",
    });
  });

  it("one that is named but missing is refused, never replaced by guesses", async () => {
    await expect(loadConfig({ env: { HOLDFAST_CONFIG: join(folder, "gone.yml") } })).rejects.toThrow(
      /gone\.yml failed: it does not exist/,
    );
  });

  it("a directory in the place of the file is called one", async () => {
    await expect(loadConfig({ configPath: folder, env: {} })).rejects.toThrow(/it is a directory/);
  });

  it("jobs are made of real directories, in the order of their names", async () => {
    await Promise.all(["b", "a"].map((name) => mkdir(join(folder, name))));
    await writeFile(join(folder, "file"), "");
    await symlink("/", join(folder, "link"));
    await chmod(join(folder, "a"), 0o700);
    const files = { HOLDFAST_SOURCE: folder, HOLDFAST_CONFIG: "" };
    expect((await loadConfig({ env: files })).jobs.map(({ job }) => job.name)).toEqual(["a", "b"]);
  });
});
