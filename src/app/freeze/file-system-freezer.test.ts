import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { passing } from "../../../test/fakes/passing-time.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { InterventionJournal } from "../../ports/intervention-journal.ts";
import { endWork } from "../interventions/end-work.ts";
import { ServiceHolder } from "../interventions/service-holder.ts";
import { FileSystemFreezer } from "./file-system-freezer.ts";

const { signal } = new AbortController();

let engine: MemoryEngine;
let clock: FakeClock;
let journal: InterventionJournal;
let directory: string;

beforeEach(() => {
  [engine, clock, journal] = [new MemoryEngine(), new FakeClock(), memoryJournal()];
  directory = temporaryDirectory();
  const mount = { kind: "bind", volume: undefined, writable: false } as const;
  engine.own = engine.addService({
    service: "backup",
    mounts: [
      { ...mount, source: "/mnt/data", destination: "/source/data" },
      { ...mount, source: "/state", destination: "/var/lib/holdfast", writable: true },
    ],
  });
  // The commands of this engine are told nothing: a file takes the place of the signal.
  const stop = engine.stop.bind(engine);
  engine.stop = async (id) => {
    const { name } = await engine.inspect(id);
    if (name.includes("freeze")) rmSync(join(directory, "running"), { force: true });
    else await stop(id);
  };
});

const isFrozen = () => existsSync(join(directory, "frozen"));

/** `$2` is what it is for. */
function freezer(
  hold = "touch frozen running; echo frozen; while [ -e running ]; do sleep 0.01; done; rm frozen",
) {
  const script = `cd '${directory}'; case $2 in hold) ${hold} ;; thaw) rm -f frozen; echo thaw >> log ;; esac`;
  return new FileSystemFreezer({
    ...{ runtime: engine, clock, stack: "stack", stateDirectory: "/var/lib/holdfast" },
    program: ["sh", "-c", script, "sh"],
  });
}

const settles = () =>
  existsSync(join(directory, "log")) && readFileSync(join(directory, "log"), "utf8") !== "";

function holder() {
  return new ServiceHolder({
    ...{ runtime: engine, journal, processes: new FakeMachine().startProcess(), clock, project: "stack" },
    ...{ guard: undefined, onEvent: () => undefined },
    endWork: (intervention) => endWork(intervention, { runtime: engine, clock }),
  });
}

async function frozen<T>(
  of: FileSystemFreezer,
  work: () => Promise<T>,
  paths = ["/source/data"],
): Promise<T> {
  const limit = 60_000;
  const prepared = await of.prepare({ job: "disk", paths, limit }, signal);
  const { worker } = prepared;
  const held = holder().hold(
    { job: "disk", mode: "pause", services: [], grace: undefined, limit, worker, isUrgent: true, signal },
    (until, holding) => prepared.around(holding, until, work),
  );
  return (await passing(held, { clock, engine })).value;
}

describe("Freezing", () => {
  it("is over when the work is, is in the journal before, and takes one container", async () => {
    const value = await frozen(freezer(), async () => {
      expect(isFrozen()).toBe(true);
      expect((await journal.current())?.worker).toMatchObject({ endsWithOwner: true });
      return "done";
    });
    expect([value, isFrozen(), settles(), await journal.current()]).toEqual([
      "done",
      false,
      false,
      undefined,
    ]);
  });

  it("is done with one capability, the directory read-only, our state, and no network", async () => {
    await frozen(freezer(), async () => undefined);
    expect(engine.requests).toMatchObject([{ capabilities: ["SYS_ADMIN"] }]);
    expect(engine.requests[0]?.networks).toBeUndefined();
    expect(engine.requests[0]?.onHost).toBeUndefined();
    expect(engine.requests[0]?.mounts?.map(({ source, writable }) => [source, writable])).toEqual([
      ["/mnt/data", false],
      ["/state", false],
    ]);
  });

  it("is over when the work fails", async () => {
    const failing = frozen(freezer(), () => Promise.reject(new Error("the cloud refused")));
    await expect(failing).rejects.toThrow("the cloud refused");
    expect(isFrozen()).toBe(false);
  });

  it("that does not come to pass keeps the work from being done, and says why", async () => {
    let isDone = false;
    const refusing = frozen(
      freezer("echo 'holdfast: It is not to be.' >&2; exit 5"),
      async () => (isDone = true),
    );
    await expect(refusing).rejects.toThrow("Freezing /source/data failed: It is not to be.");
    expect([isDone, settles()]).toEqual([false, false]);
  });

  it("whose container is killed is ended by another one", async () => {
    const killed = frozen(freezer("touch frozen; echo frozen; kill -9 $$"), async () => undefined);
    await killed.catch(() => undefined);
    expect([isFrozen(), settles(), await journal.current()]).toEqual([false, true, undefined]);
  });

  it("that has lasted too long makes the work worth nothing", async () => {
    const late = frozen(freezer("echo frozen; exit 4"), async () => undefined);
    await expect(late).rejects.toThrow(/Freezing \/source\/data failed/);
  });

  it("is refused for what is not mounted, and where we run in no container", async () => {
    await expect(frozen(freezer(), async () => undefined, ["/etc"])).rejects.toThrow(
      "on no mount of this container",
    );
    engine.own = undefined;
    await expect(frozen(freezer(), async () => undefined)).rejects.toThrow("runs in no container");
  });
});
