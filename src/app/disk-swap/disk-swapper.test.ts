import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { passing } from "../../../test/fakes/passing-time.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { HostDisk } from "../../ports/host-mounts.ts";
import type { InterventionJournal } from "../../ports/intervention-journal.ts";
import type { ProcessTable } from "../../ports/process-identity.ts";
import { endWork } from "../interventions/end-work.ts";
import { ServiceHolder } from "../interventions/service-holder.ts";
import { OneOffRunner } from "../one-off/one-off-runner.ts";
import { DiskSwapper } from "./disk-swapper.ts";
import type { SwapInCloud } from "./examine-swap.ts";

const ZONE = "europe-north1-a";
const IN_CLOUD: SwapInCloud = {
  ...{ machine: { zone: ZONE, name: "vm-1" }, deviceName: "data", readOnly: false, project: "acme" },
  ...{ old: { zone: ZONE, name: "data-disk" }, fresh: { zone: ZONE, name: "data-new" } },
};
const { signal } = new AbortController();

let engine: MemoryEngine;
let clock: FakeClock;
let journal: InterventionJournal;
let machine: FakeMachine;
let directory: string;
let app: string;
let answer: number;

beforeEach(() => {
  [engine, clock, journal, machine] = [
    new MemoryEngine(),
    new FakeClock(),
    memoryJournal(),
    new FakeMachine(),
  ];
  directory = temporaryDirectory();
  engine.own = engine.addService({ service: "backup", networks: ["front"] });
  app = engine.addService({ service: "app" });
  answer = 200;
  look({ users: [{ pid: 7, command: "node", container: app }] });
  put("old");
});

/** What the container that looks will say; `next` from the second time on. */
function look(more: Partial<HostDisk>, file = "look"): void {
  const at = { at: "/mnt/data", type: "ext4", options: "rw", root: "/" };
  const mounts = [{ source: "/dev/disk/by-id/google-data", ...at }];
  const disk: HostDisk = { mounts, users: [], madeOfIt: [], holdsEngine: false, ...more };
  writeFileSync(join(directory, file), JSON.stringify({ disk }));
}

const put = (disk: string) => writeFileSync(join(directory, "disk"), disk);
const attached = () => readFileSync(join(directory, "disk"), "utf8").trim();

/** The disk of the machine is a word in a file. `$2` is what the container is for. */
function program(swap = "echo new > disk"): string[] {
  const script = `cd '${directory}'; case $2 in look) cat look; if [ -e next ]; then mv next look; fi ;; swap) ${swap} ;; back) echo old > disk ;; esac`;
  return ["sh", "-c", script, "sh"];
}

function swapper(swap?: string, environment = {}): DiskSwapper {
  const stack = "stack";
  return new DiskSwapper({
    ...{ runtime: engine, clock, stack, environment, program: program(swap) },
    oneOffs: new OneOffRunner({
      runtime: engine,
      clock,
      stack,
      program: program(),
      onEvent: () => undefined,
    }),
    http: { statusOf: async () => answer },
  });
}

function holder(processes: ProcessTable = machine.startProcess()): ServiceHolder {
  return new ServiceHolder({
    ...{ runtime: engine, journal, processes, clock, project: "stack", guard: undefined },
    onEvent: () => undefined,
    endWork: (intervention) => endWork(intervention, { runtime: engine, clock }),
  });
}

const pass = <T>(work: Promise<T>): Promise<T> => passing(work, { clock, engine });

async function swap(of: DiskSwapper, services = holder()) {
  const examined = await of.examine(IN_CLOUD, "disk", signal);
  const look = { kind: "http", url: "http://app/", status: 200 } as const;
  return pass(
    of.swap(services, {
      ...{ ...examined, job: "disk", connection: {}, limit: 600_000, signal, onWarning: () => undefined },
      after: { healthLimit: 5_000, checks: [{ look, timeout: 5_000 }] },
    }),
  );
}

describe("A swap under services", () => {
  it("stops those that use the disk, and starts them on the new one", async () => {
    const during: unknown[] = [];
    engine.beforeChange = (change) => void (change.startsWith("start ") && during.push([change, attached()]));
    await swap(swapper());
    expect(during).toEqual([["start stack-app-1", "new"]]);
    expect(engine.done).toEqual(["stop stack-app-1", "start stack-app-1"]);
    expect(attached()).toBe("new");
    expect(await journal.current()).toBeUndefined();
    expect(await engine.containers({ labels: { "holdfast.purpose": "swap" } })).toEqual([]);
  });

  it("takes nobody for a user of the disk who was only being started when it was looked for users", async () => {
    const other = engine.addService({ service: "other", project: "another" });
    const usedBy = (container: string, file?: string) =>
      look({ users: [{ pid: 7, command: "node", container }] }, file);
    const examined = () => pass(swapper().examine(IN_CLOUD, "disk", signal));
    usedBy(other);
    await expect(examined()).rejects.toThrow("of no service of this stack");
    usedBy(app, "next");
    expect((await examined()).services).toEqual(["app"]);
  });

  it("is done by containers with these rights, our networks and nothing secret, and no other one has them", async () => {
    await swap(swapper(undefined, { GCE_METADATA_HOST: "127.0.0.1:1" }));
    const capabilities = ["DAC_READ_SEARCH", "SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE"];
    expect(engine.requests).toMatchObject([
      { command: expect.arrayContaining(["look"]) as string[], onHost: true, capabilities, mounts: [] },
      {
        ...{ command: expect.arrayContaining(["swap"]) as string[], onHost: true, capabilities },
        ...{ networks: ["front"], env: { GCE_METADATA_HOST: "127.0.0.1:1" } },
      },
    ]);
  });

  it("puts the old disk back where it cannot be done, and says why and that", async () => {
    const failing = swap(
      swapper("echo half > disk; echo 'holdfast: Mounting it failed: bad superblock.' >&2; exit 1"),
    );
    await expect(failing).rejects.toThrow(
      "Putting data-new in the place of data-disk failed: Mounting it failed: bad superblock; " +
        "data-disk is mounted on /mnt/data again and its services run; data-new stays, detached.",
    );
    expect([attached(), engine.stateOf(app)]).toEqual(["old", "running"]);
  });

  it("puts the old disk back where services do not work on the new one", async () => {
    answer = 500;
    await expect(swap(swapper())).rejects.toThrow(
      "Checking the services on data-new failed: the answer of app was 500 and not 200 after 5 s; data-disk is mounted",
    );
    expect(engine.done).toEqual([
      "stop stack-app-1",
      "start stack-app-1",
      "stop stack-app-1",
      "start stack-app-1",
    ]);
    expect([attached(), engine.stateOf(app)]).toEqual(["old", "running"]);
  });

  it.each(["create stack-holdfast-swap", "start stack-app-1"])(
    "leaves to the next start what was killed at %s: the old disk, then the services",
    async (moment) => {
      const killed = machine.startProcess();
      const kill = new Promise<void>((resolve) => {
        engine.beforeChange = (change) => {
          if (!change.startsWith(moment) || change.endsWith("-back")) return;
          machine.kill(killed);
          resolve();
          return new Promise(() => undefined);
        };
      });
      void swap(swapper(), holder(killed)).catch(() => undefined);
      await kill;
      put("half");
      engine.beforeChange = () => undefined;
      await pass(holder().settle(signal));
      expect([attached(), engine.stateOf(app)]).toEqual(["old", "running"]);
      expect(await journal.current()).toBeUndefined();
    },
  );

  it("keeps the services held as long as the old disk cannot be put back", async () => {
    const of = swapper("exit 1");
    const services = holder();
    const { beforeChange } = engine;
    engine.beforeChange = (change) => {
      if (change.endsWith("-back")) throw new Error("the engine has no room");
    };
    await expect(swap(of, services)).rejects.toThrow("the engine has no room");
    expect(engine.stateOf(app)).toBe("exited");
    engine.beforeChange = beforeChange;
    await pass(services.settle(signal));
    expect([attached(), engine.stateOf(app)]).toEqual(["old", "running"]);
  });

  it("is refused where Holdfast runs in no container, and where a password would be written down", async () => {
    const proxied = swapper(undefined, { HTTPS_PROXY: "http://me:secret@proxy" });
    const examined = proxied.examine(IN_CLOUD, "disk", signal);
    await expect(examined).rejects.toThrow("the proxy that HTTPS_PROXY names has a password");
    engine.own = undefined;
    await expect(swapper().examine(IN_CLOUD, "disk", signal)).rejects.toThrow("runs in no container");
    expect(existsSync(join(directory, "look"))).toBe(true);
  });
});
