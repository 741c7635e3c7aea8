import { describe, expect, it } from "vitest";
import { loadYaml } from "../../test/fakes/config-files.ts";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { ConfigReloader } from "./config-reloader.ts";
import type { StackFacts } from "./stack-facts.ts";

const yamlOf = (more = "") => `{ jobs: { data: { source: { kind: volume, path: /data } } }, ${more} }`;
const LABELLED: StackFacts = {
  project: "shop",
  labels: [{ service: "app", name: "holdfast.defaults.timeout", value: "1h" }],
  volumes: [],
  trouble: undefined,
};

/** A reloader over a file that can be written, and an engine that can fail. */
async function reloading(yaml = yamlOf()) {
  const file = { yaml, facts: LABELLED, given: [] as StackFacts[] };
  const told: string[] = [];
  const current = await loadYaml(yaml);
  const stop = new AbortController();
  const reloader = new ConfigReloader({
    clock: new FakeClock(0),
    ask: async () => file.facts,
    load: (facts) => {
      file.given.push(facts);
      return loadYaml(file.yaml);
    },
    read: async () => file.yaml,
    before: { text: yaml, facts: LABELLED },
    onRefused: (message) => void told.push(message),
    onSame: () => void told.push("same"),
  });
  const next = (): Promise<LoadedConfig | undefined> => reloader.next(current, stop.signal);
  return { file, told, reloader, next, stop };
}

describe("a config that is loaded again", () => {
  it("is given when it is another one", async () => {
    const { file, reloader, next } = await reloading();
    file.yaml = yamlOf("concurrency: 2");
    reloader.request();
    expect((await next())?.concurrency).toBe(2);
    expect(reloader.status().error).toBeUndefined();
  });

  it("is none when it says the same, though in other words", async () => {
    const { file, told, reloader, next, stop } = await reloading();
    file.yaml = yamlOf("timezone: UTC");
    reloader.request();
    const given = next();
    await expect.poll(() => told).toEqual(["same"]);
    stop.abort();
    expect(await given).toBeUndefined();
  });

  it.each([
    ["has mistakes", yamlOf("concurrency: none, bogus: 1"), /2 mistakes/],
    ["names another stack", yamlOf("stack: other"), /the stack is called default, and would be other/],
    ["names another state", yamlOf("state: /elsewhere"), /would be in \/elsewhere, which cannot change/],
  ])("is refused whole when it %s, until it is mended", async (_what, yaml, message) => {
    const { file, told, reloader, next } = await reloading();
    file.yaml = yaml;
    reloader.request();
    const given = next();
    await expect.poll(() => told).toHaveLength(1);
    expect(told[0]).toMatch(message);
    expect(reloader.status().error).toBe(told[0]);
    file.yaml = yamlOf("concurrency: 3");
    reloader.request();
    expect((await given)?.concurrency).toBe(3);
    expect(reloader.status().error).toBeUndefined();
  });

  it("keeps the labels that were known while the engine does not answer", async () => {
    const { file, reloader, next } = await reloading();
    file.facts = { project: undefined, labels: [], volumes: undefined, trouble: new Error("gone") };
    file.yaml = yamlOf("concurrency: 2");
    reloader.request();
    await next();
    expect(file.given).toEqual([LABELLED]);
    expect(reloader.loaded()).toEqual({ text: file.yaml, facts: LABELLED });
  });
});
