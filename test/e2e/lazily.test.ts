/** Code is loaded only where it is needed: a daemon is not larger by what its config has none of, and a command is quick. */
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

function probed(stack: TestStack) {
  const probe = stack.path("probe.mjs");
  const file = stack.path("loaded");
  writeFileSync(probe, PROBE);
  const read = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
  return { read, options: { nodeArgs: ["--import", probe], env: { LOADED_MODULES: file } } };
}

async function modulesOfDaemon(stack: TestStack, until: (loaded: string) => boolean): Promise<string> {
  const { read, options } = probed(stack);
  const daemon = await stack.startDaemon(options);
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

it.each([
  ["list", 0],
  ["ping", 1],
])(
  "`%s` loads nothing of other stores, of channels, and of what only a capture does",
  async (verb, exitCode) => {
    const stack = testStack();
    const { read, options } = probed(stack);
    expect(await stack.runWith(options, verb)).toMatchObject({ exitCode });
    const loaded = read()
      .split("\n")
      .filter((url) => !/[/-]options\.ts$/.test(url));
    expect(loaded.join("\n")).toContain(`/cli/${verb}.ts`);
    const unneeded =
      /nodemailer|stores\/(s3|gcs|rclone)\/|notifiers\/(slack|email|webhook)\/|\/capture\/duckdb\/|sources\/postgres\/|\/web\/server/;
    expect(loaded.filter((url) => unneeded.test(url))).toEqual([]);
  },
);
