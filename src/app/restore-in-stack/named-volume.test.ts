import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import { ServiceHolder } from "../interventions/service-holder.ts";
import { StackRestorer } from "./stack-restorer.ts";

const signal = new AbortController().signal;

let engine: MemoryEngine;
let written: string;
/** Where the volume is mounted in our own container. */
let path: string | undefined;

const mount = (volume: string, destination: string, writable: boolean): ContainerMount => ({
  ...{ kind: "volume", volume, source: `/engine/${volume}`, destination, writable },
});

beforeEach(() => {
  engine = new MemoryEngine();
  written = "";
  path = undefined;
  engine.own = engine.addService({ service: "backup", mounts: [mount("state", "/state", true)] });
  engine.addService({ service: "app", mounts: [mount("shop_data", "/data", true)] });
  engine.addService({ service: "web", mounts: [mount("shop_uploads", "/data", true)] });
});

/** `script` is what runs in the containers, with the arguments of the command line. */
function restorer(script: string): StackRestorer {
  return new StackRestorer({
    ...{ runtime: engine, clock: new FakeClock(), http: { statusOf: async () => 200 }, stack: "stack" },
    onEvent: () => undefined,
    ...{ sources: new Map(), volumes: new Map([["job", "data"]]) },
    findVolume: async (named) => ({ name: `shop_${named}`, path }),
    environment: {},
    program: ["sh", "-c", script, "holdfast"],
  });
}

async function restore(script: string) {
  const of = restorer(script);
  const reached = await of.reach("job", signal);
  if (reached === undefined) throw new Error("not reached");
  const services = new ServiceHolder({
    ...{ runtime: engine, journal: memoryJournal(), processes: new FakeMachine().startProcess() },
    ...{ clock: new FakeClock(), project: "stack", guard: undefined, onEvent: () => undefined },
    endWork: (intervention) => of.endWork(intervention),
  });
  return of.restore(services, {
    ...{ job: "job", source: reached, arguments: ["--yes"], withDevices: false, limit: 60_000, signal },
    ...{ rollsBack: true, after: { healthLimit: 60_000, checks: [] } },
    output: { stdout: { write: async (chunk) => void (written += Buffer.from(chunk).toString()) } },
  });
}

describe("restoring a volume that is known by its name", () => {
  it("gives it, writable, to the container that restores, and stops who uses it", async () => {
    expect(await restore('echo "$@"')).toMatchObject({ exitCode: 0, failure: undefined });
    expect(written).toBe("restore job --in-place --held --source /volume/shop_data --trial --yes\n");
    expect(engine.done).toEqual(["stop stack-app-1", "start stack-app-1"]);
    expect(engine.requests[0]?.mounts).toEqual([
      { kind: "volume", source: "state", destination: "/state", writable: true },
      { kind: "volume", source: "shop_data", destination: "/volume/shop_data", writable: true },
    ]);
  });

  it("has what a killed container left there settled by another one, before anybody uses it again", async () => {
    const during: string[] = [];
    engine.beforeChange = (change) => void during.push(change.replace(/-[0-9a-f]{8}/, ""));
    expect(await restore('case "$*" in *settle-source*) ;; *) exit 137 ;; esac')).toMatchObject({
      exitCode: 137,
    });
    expect(during).toEqual([
      "stop stack-app-1",
      "create stack-holdfast-restore",
      "create stack-holdfast-restore-settle",
      "start stack-app-1",
    ]);
    expect(engine.requests[1]).toMatchObject({
      command: expect.arrayContaining(["settle-source", "/volume/shop_data"]) as unknown,
      mounts: expect.arrayContaining([
        { kind: "volume", source: "shop_data", destination: "/volume/shop_data", writable: true },
      ]) as unknown,
    });
  });

  it("does not let services run while that cannot be settled", async () => {
    const fails = 'case "$*" in *settle-source*) echo the disk is broken >&2; exit 1 ;; *) exit 137 ;; esac';
    await expect(restore(fails)).rejects.toThrow("the disk is broken; it is tried again every few seconds");
    expect(engine.done).toEqual(["stop stack-app-1"]);
  });

  it("takes the way that every mounted source takes where it is mounted", async () => {
    engine.own = engine.addService({
      ...{ service: "other", mounts: [mount("shop_data", "/source/data", false)] },
    });
    path = "/source/data";
    const reached = await restorer("true").reach("job", signal);
    expect(reached).toMatchObject({ path, services: ["app"], mount: { destination: path } });
  });

  it("needs a container of its own to make another one of", async () => {
    engine.own = undefined;
    await expect(restorer("true").reach("job", signal)).rejects.toThrow(
      "Restoring job job in place failed: volume shop_data is not mounted here, and Holdfast runs in no container",
    );
  });
});
