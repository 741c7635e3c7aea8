import { beforeEach, describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { mountsOfNamedSources } from "./named-mounts.ts";

let engine: MemoryEngine;

beforeEach(() => {
  engine = new MemoryEngine();
  const mounts = ["data", "cache", "archive"].map((key) => ({
    ...{ kind: "volume" as const, volume: `shop_${key}`, source: `/engine/${key}`, writable: true },
    destination: `/mnt/${key}`,
  }));
  engine.own = engine.addService({ service: "backup", project: "shop", mounts });
  for (const key of ["data", "cache", "elsewhere"])
    engine.volumesThere.push({ name: `shop_${key}`, labels: {}, project: "shop", key, driver: "local" });
});

const mountsOf = async (jobs: string) =>
  mountsOfNamedSources(await loadYaml(`jobs: { ${jobs} }`), engine, new AbortController().signal);

describe("the mounts of sources that are known by name", () => {
  it("are those of the volumes that jobs name, by key or in full", async () => {
    const jobs =
      "a: { source: { kind: volume, volume: data } }, b: { source: { kind: volume, volume: shop_cache } }";
    expect(await mountsOf(jobs)).toEqual([
      { volume: "shop_data", path: "/mnt/data" },
      { volume: "shop_cache", path: "/mnt/cache" },
    ]);
    expect(await mountsOf("a: { source: { kind: volume, volume: elsewhere } }")).toEqual([]);
  });

  it("are those of all volumes of the stack where a job is for all, but for the excluded", async () => {
    expect(await mountsOf("all: { source: { kind: stack, exclude: [cache] } }")).toEqual([
      { volume: "shop_data", path: "/mnt/data" },
    ]);
  });

  it("are not asked for where every source is a directory, and none where nobody can be asked", async () => {
    engine.volumes = () => Promise.reject(new Error("no engine"));
    expect(await mountsOf("a: { source: { kind: volume, path: /mnt/data } }")).toEqual([]);
    expect(await mountsOf("a: { source: { kind: volume, volume: data } }")).toEqual([]);
  });
});
