import { expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";

const load = (source: string) => loadYaml(`jobs: { data: { source: { kind: volume, ${source} } } }`);

it("a volume is a directory or has a name", async () => {
  const [byName] = (await load("volume: app_data")).jobs;
  expect(byName?.source).toEqual({ kind: "volume", volume: "app_data" });
  const [byPath] = (await load("path: /source/data")).jobs;
  expect(byPath?.source).toEqual({ kind: "volume", path: "/source/data" });
});

it("a volume that has neither, or both, is refused", async () => {
  await expect(load("exclude: [x]")).rejects.toThrow(
    "jobs.data.source.path (line 1): expected an absolute path such as /source/data, got nothing (or `volume` with the name of one)",
  );
  await expect(load("path: /a, volume: b")).rejects.toThrow(
    'expected the name of a volume, such as app_data, got "b" (a source has a path or a volume, not both)',
  );
});

it("a name that no volume can have is refused", async () => {
  await expect(load('volume: "/app"')).rejects.toThrow('such as app_data, got "/app"');
});
