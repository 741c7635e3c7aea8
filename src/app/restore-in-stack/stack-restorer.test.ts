import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine, type ServiceSpec } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { passing } from "../../../test/fakes/passing-time.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { stagingName } from "../../archive/restore/staging-name.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import type { InterventionJournal } from "../../ports/intervention-journal.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { ServiceHolder } from "../interventions/service-holder.ts";
import { StackRestorer } from "./stack-restorer.ts";

const signal = new AbortController().signal;

let engine: MemoryEngine;
let machine: FakeMachine;
let journal: InterventionJournal;
let clock: FakeClock;
let source: string;
let written: string;

beforeEach(() => {
  engine = new MemoryEngine();
  machine = new FakeMachine();
  journal = memoryJournal();
  clock = new FakeClock();
  source = temporaryDirectory();
  written = "";
});

const volume = (writable: boolean, of: Partial<ContainerMount> = {}): ContainerMount => ({
  ...{ kind: "volume", volume: "app_data", source: "/volumes/app_data", destination: source, writable },
  ...of,
});

function sidecar(mount = volume(false), more: readonly ContainerMount[] = []): void {
  engine.own = engine.addService({ service: "backup", mounts: [mount, ...more] });
}

function service(name: string, of: Partial<ServiceSpec> = {}): string {
  return engine.addService({ service: name, mounts: [volume(true, { destination: "/data" })], ...of });
}

/** `script` is what runs in the container that restores, with the arguments of the command line. */
function restorer(script = "true"): StackRestorer {
  return new StackRestorer({
    ...{
      runtime: engine,
      clock,
      http: { statusOf: async () => 200 },
      stack: "stack",
      onEvent: () => undefined,
      sources: new Map([["data", source]]),
      volumes: new Map(),
      findVolume: () => Promise.reject(new Error("no source is a volume")),
    },
    environment: { TOKEN: "secret", HOSTNAME: "here" },
    program: ["sh", "-c", script, "holdfast"],
  });
}

function holder(of: StackRestorer, processes: ProcessTable = machine.startProcess()): ServiceHolder {
  return new ServiceHolder({
    ...{ runtime: engine, journal, processes, clock, project: "stack", guard: undefined },
    ...{ endWork: (intervention) => of.endWork(intervention), onEvent: () => undefined },
  });
}

async function restore(of: StackRestorer, by = holder(of)) {
  const reached = await of.reach("data", signal);
  if (reached === undefined) throw new Error("not reached");
  return of.restore(by, {
    ...{
      rollsBack: true,
      after: { healthLimit: 60_000, checks: [] },
      job: "data",
      source: reached,
      arguments: ["--yes"],
      withDevices: false,
      limit: 60_000,
      signal,
    },
    output: { stdout: { write: async (chunk) => void (written += Buffer.from(chunk).toString()) } },
  });
}

describe("restoring a source through the engine", () => {
  it("stops who uses the volume, restores in a container that may write to it, and lets them run again", async () => {
    sidecar(volume(false), [
      volume(true, { volume: "state", source: "/volumes/state", destination: "/state" }),
    ]);
    service("app");
    engine.addService({ service: "db" });
    const script = 'case "$*" in *settle-source*) ;; *) echo "$@"; exit 3 ;; esac';
    const { exitCode } = await restore(restorer(script));
    expect(exitCode).toBe(3);
    expect(written).toBe(`restore data --in-place --held --source ${source} --trial --yes\n`);
    expect(engine.done).toEqual(["stop stack-app-1", "start stack-app-1"]);
    const [request] = engine.requests;
    expect(request?.mounts?.map(({ destination, writable }) => [destination, writable])).toEqual([
      [source, true],
      ["/state", true],
    ]);
    expect(request?.env).toEqual({ TOKEN: "secret", COMPOSE_PROJECT_NAME: "stack" });
    expect(request?.capabilities).not.toContain("MKNOD");
    expect(await engine.containers({ labels: { "holdfast.job": "data" } })).toEqual([]);
  });

  it("does not start what did not run, and stops what fails again and again", async () => {
    sidecar();
    const stopped = service("app", { state: "exited" });
    const failing = service("worker", { state: "restarting" });
    await restore(restorer());
    expect(engine.stateOf(stopped)).toBe("exited");
    expect(engine.stateOf(failing)).toBe("running");
    expect(engine.done).toEqual(["stop stack-worker-1", "start stack-worker-1"]);
  });

  it("finds who uses the same directory of the host, above or below it, and not who only looks at the disk", async () => {
    sidecar(volume(false, { kind: "bind", volume: undefined, source: "/srv/data" }));
    const bind = (path: string, writable = true) => ({
      mounts: [volume(writable, { kind: "bind", volume: undefined, source: path })],
    });
    service("same", bind("/srv/data"));
    service("above", bind("/srv"));
    service("below", bind("/srv/data/uploads", false));
    service("beside", bind("/srv/data2"));
    service("monitor", bind("/", false));
    service("foreign", { ...bind("/srv/data"), project: "other" });
    expect(await restorer().reach("data", signal)).toMatchObject({
      services: ["same", "above", "below"],
      strangers: ["other-foreign-1"],
    });
  });

  it("stops no other container of the own service: the daemon beside a command of `docker compose run`", async () => {
    engine.addService({ service: "backup", mounts: [volume(false)] });
    service("app");
    engine.own = engine.addService({ service: "backup", mounts: [volume(false)], oneOff: true });
    expect(await restorer().reach("data", signal)).toMatchObject({ services: ["app"], strangers: [] });
  });

  it("leaves alone a source that this process may write to and nobody uses, and one that is in no container", async () => {
    expect(await restorer().reach("data", signal)).toBeUndefined();
    sidecar(volume(true));
    expect(await restorer().reach("data", signal)).toBeUndefined();
  });

  it("lets services run again only once what a killed container left half done is settled", async () => {
    sidecar();
    const app = service("app");
    const half = join(source, `${stagingName(machine.startProcess().self)}.swap`);
    const settles = `case "$*" in *settle-source*) rmdir '${half}' ;; *) mkdir '${half}'; exit 137 ;; esac`;
    const during: unknown[] = [];
    engine.beforeChange = (change) => {
      if (change.endsWith(" stack-app-1")) during.push([change, existsSync(half)]);
    };
    expect(await restore(restorer(settles))).toMatchObject({ exitCode: 137 });
    expect(during).toEqual([
      ["stop stack-app-1", false],
      ["start stack-app-1", false],
    ]);
    expect(engine.stateOf(app)).toBe("running");
  });

  it("keeps services from running on half a source, and says why, until it is settled", async () => {
    sidecar();
    const app = service("app");
    const half = join(source, `${stagingName(machine.startProcess().self)}.swap`);
    const settles = `[ -e '${half}.fixed' ] || { echo the disk is broken >&2; exit 1; }; rmdir '${half}'`;
    const fails = `case "$*" in *settle-source*) ${settles} ;; *) mkdir '${half}'; exit 137 ;; esac`;
    await expect(restore(restorer(fails))).rejects.toThrow(/the disk is broken; it is tried again/);
    expect(engine.stateOf(app)).toBe("exited");
    machine.kill({ self: (await journal.current())?.owner.process } as ProcessTable);
    mkdirSync(`${half}.fixed`);
    await passing(holder(restorer()).settle(signal), { clock, engine });
    expect(engine.stateOf(app)).toBe("running");
  });

  it("does not end while its container restores, though who began it is killed", async () => {
    sidecar();
    const app = service("app");
    const gate = join(source, "gate");
    const of = restorer(`while [ ! -e '${gate}' ]; do sleep 0.01; done`);
    const began = machine.startProcess();
    const running = restore(of, holder(of, began));
    while (engine.requests.length === 0) await new Promise(setImmediate);
    while (engine.stateOf((await engine.inspect(engine.requests[0]?.name ?? "")).id) !== "running") {
      await new Promise(setImmediate);
    }
    machine.kill(began);
    expect(await holder(restorer()).settle(signal)).toBeUndefined();
    expect(engine.stateOf(app)).toBe("exited");
    mkdirSync(source, { recursive: true });
    writeFileSync(gate, "");
    await running;
    expect(engine.stateOf(app)).toBe("running");
  });
});
