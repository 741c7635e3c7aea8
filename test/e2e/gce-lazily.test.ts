/** What speaks to Compute Engine is loaded only where a job needs it: a daemon without one is not larger by it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";

import { FakeCompute } from "../fakes/gce/fake-compute.ts";
import { ZONE } from "../fakes/gce/gce-provider.ts";
import { testStack, type TestStack } from "./test-stack.ts";
import { waitUntil } from "./wait-until.ts";

/** Writes down every module that the process loads. */
const PROBE = `
  import { appendFileSync } from "node:fs";
  import { registerHooks } from "node:module";
  const file = process.env.LOADED_MODULES;
  registerHooks({
    load(url, context, next) {
      appendFileSync(file, url + "\\n");
      return next(url, context);
    },
  });
`;

async function modulesOfDaemon(stack: TestStack, until: (loaded: string) => boolean): Promise<string> {
  const probe = stack.path("probe.mjs");
  const file = stack.path("loaded");
  writeFileSync(probe, PROBE);
  const read = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
  const daemon = await stack.startDaemon({ nodeArgs: ["--import", probe], env: { LOADED_MODULES: file } });
  await waitUntil("what the daemon does first", async () => {
    await daemon.get("/api/v1/status");
    return until(read());
  });
  await daemon.stop("SIGTERM");
  return read();
}

const ADAPTER = "/snapshots/gce/gce-provider.ts";

/** The schema of the config knows the names of its keys. */
const ofGce = (loaded: string) =>
  loaded.split("\n").filter((url) => url.includes("/snapshots/gce/") && !url.endsWith("/options.ts"));

it("A daemon without a job of disks never loads it, also while it backs up", async () => {
  const stack = testStack({ jobs: { data: { schedule: "* * * * *" } } });
  stack.write({ file: "content" });
  await stack.backUp();
  const loaded = await modulesOfDaemon(stack, (text) => text.includes("/daemon/"));
  expect(loaded).toContain("/daemon/compose-snapshots.ts");
  expect(ofGce(loaded)).toEqual([]);
});

it("A daemon with one does", async () => {
  const compute = await FakeCompute.start(() => Date.now());
  onTestFinished(() => compute.close());
  compute.project.addDisk(`zones/${ZONE}/disks/data-disk`);
  const of = { kind: "gce-disk", project: "acme", endpoint: compute.url, zone: ZONE, disk: "data-disk" };
  const stack = testStack({ jobs: { disk: { source: of } } });
  const loaded = await modulesOfDaemon(stack, (text) => text.includes(ADAPTER));
  expect(ofGce(loaded).length).toBeGreaterThan(1);
});
