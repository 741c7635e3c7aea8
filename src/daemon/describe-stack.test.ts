import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { describeStack } from "./describe-stack.ts";

const { signal } = new AbortController();
const CONFIG = `
stack: shop
jobs:
  data: { source: { kind: volume, path: /source/data } }
  media: { source: { kind: volume, volume: media } }
  users: { source: { kind: postgres, service: db, database: app } }
`;

describe("what is told of a stack", () => {
  let engine: MemoryEngine;
  let config: LoadedConfig;
  let directory: string;

  beforeEach(async () => {
    engine = new MemoryEngine();
    directory = temporaryDirectory();
    const file = join(directory, "holdfast.yml");
    writeFileSync(file, CONFIG);
    config = { ...(await loadYaml(CONFIG)), project: "stack", configFile: file };
    mkdirSync(join(directory, "stack"));
    writeFileSync(join(directory, "stack/compose.yml"), "services: { db: { image: postgres } }\n");
    engine.volumesThere.push(
      ...[
        { name: "stack_media", key: "media" },
        { name: "stack_data", key: "data" },
      ].map((volume) => ({ ...volume, labels: {}, project: "stack", driver: "local" })),
    );
  });

  const sidecar = (files: string) =>
    (engine.own = engine.addService({
      service: "backup",
      labels: {
        "com.docker.compose.project.config_files": files,
        "com.docker.compose.project.working_dir": "/srv/shop",
      },
      mounts: [
        {
          ...{ kind: "bind", volume: undefined, source: "/srv/shop", writable: false },
          destination: join(directory, "stack"),
        },
        {
          ...{ kind: "volume", volume: "stack_data", source: "/var/lib/docker/volumes/x", writable: false },
          destination: "/source/data",
        },
      ],
    }));

  it("is its config, the Compose files where the sidecar has them mounted, and where each job's data is", async () => {
    sidecar("/srv/shop/compose.yml");
    const { files, missing, description } = await describeStack(config, engine, signal);
    expect([...files.keys()]).toEqual(["holdfast.yml", "compose/1-compose.yml", "stack.json"]);
    expect(files.get("compose/1-compose.yml")).toContain("image: postgres");
    expect(missing).toEqual([]);
    expect(description).toMatchObject({
      ...{ stack: "shop", project: "stack", workingDirectory: "/srv/shop" },
      composeFiles: [{ path: "/srv/shop/compose.yml", copy: "compose/1-compose.yml" }],
      jobs: [
        { job: "data", path: "/source/data", volume: "stack_data" },
        { job: "media", volume: "stack_media" },
        { job: "users", kind: "postgres" },
      ],
      volumes: [{ name: "stack_data" }, { name: "stack_media" }],
    });
  });

  it("says how to mount a Compose file that the sidecar cannot read", async () => {
    sidecar("/srv/other/compose.yml");
    const { files, missing, description } = await describeStack(config, engine, signal);
    expect([...files.keys()]).toEqual(["holdfast.yml", "stack.json"]);
    expect(missing).toEqual([
      expect.stringContaining("add `- /srv/other/compose.yml:/compose/compose.yml:ro` to the volumes"),
    ]);
    expect(description.composeFiles).toEqual([{ path: "/srv/other/compose.yml" }]);
  });

  it("is the same as long as nothing has changed, in whatever order the engine tells it", async () => {
    sidecar("/srv/shop/compose.yml");
    const before = await describeStack(config, engine, signal);
    engine.volumesThere.reverse();
    expect(await describeStack(config, engine, signal)).toEqual(before);
  });

  it("is less without an engine, and says so", async () => {
    const gone = { ...config, engine: "unix:///nowhere" };
    engine.ownContainer = async () => {
      throw new Error("nobody answers");
    };
    const { files, missing } = await describeStack(gone, engine, signal);
    expect([...files.keys()]).toEqual(["holdfast.yml", "stack.json"]);
    expect(missing).toEqual([expect.stringContaining("no engine can be asked (nobody answers)")]);
  });
});
