import type { StackEvent } from "../../domain/stack-event.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { memoryJournal } from "../../../test/fakes/memory-journal.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import { ContainerGuard } from "./container-guard.ts";
import { ServiceHolder, type HoldRequest } from "./service-holder.ts";

const SOCKET = mount("bind", "/run/user/docker.sock", "/run/docker.sock");
const STATE = mount("volume", "stack_state", "/var/lib/holdfast");

let engine: MemoryEngine;
let clock: FakeClock;
let journal: ReturnType<typeof memoryJournal>;
let events: string[];
let warnings: string[];

beforeEach(() => {
  engine = new MemoryEngine();
  clock = new FakeClock();
  journal = memoryJournal();
  events = [];
  warnings = [];
});

function mount(kind: "bind" | "volume", source: string, destination: string): ContainerMount {
  return { kind, source, destination, writable: true, volume: kind === "volume" ? source : undefined };
}

function sidecar(mounts = [SOCKET, STATE]): void {
  engine.own = engine.addService({ service: "backup", mounts, networks: ["front", "proxy"] });
}

function guard(address = "unix:///var/run/docker.sock"): ContainerGuard {
  return new ContainerGuard({
    ...{ runtime: engine, clock, project: "alone", program: ["node", "/opt/holdfast.js"] },
    orders: { after: 60_000, engine: address, stateDirectory: "/var/lib/holdfast" },
    onEvent: ({ text }) => void events.push(text),
  });
}

function holder(address?: string): ServiceHolder {
  return new ServiceHolder({
    ...{ runtime: engine, journal, processes: new FakeMachine().startProcess(), clock, project: "stack" },
    ...{ guard: guard(address), onEvent: ({ text }: StackEvent) => void events.push(text) },
  });
}

const request = (): HoldRequest => ({
  ...{ job: "data", mode: "pause", services: ["app"], grace: undefined, limit: 60_000 },
  ...{ signal: new AbortController().signal, onWarning: (message: string) => void warnings.push(message) },
});

const nothing = async (): Promise<void> => undefined;
const guards = () => engine.containers({ labels: { "holdfast.guard": "stack" } });

describe("the guard of held services", () => {
  it("runs before the first of them is held, and is gone once they are released", async () => {
    sidecar();
    engine.addService({ service: "app" });
    await holder().hold(request(), async () => {
      expect(await guards()).toMatchObject([{ state: "running" }]);
    });
    expect(engine.done).toEqual([
      expect.stringContaining("start alone-holdfast-guard-"),
      ...["pause stack-app-1", "unpause stack-app-1"],
    ]);
    expect(await guards()).toEqual([]);
    expect([...events, ...warnings]).toEqual([]);
  });

  it("is gone, too, when the work fails", async () => {
    sidecar();
    engine.addService({ service: "app" });
    const failing = holder().hold(request(), async () => {
      throw new Error("no space");
    });
    await expect(failing).rejects.toThrow("no space");
    expect(await guards()).toEqual([]);
  });

  it("is of our own image, shares our socket and state, and has no right but to read", async () => {
    sidecar();
    engine.addService({ service: "app" });
    await holder().hold(request(), nothing);
    expect(engine.requests).toMatchObject([
      {
        image: "image",
        command: ["node", "/opt/holdfast.js", "guard"],
        labels: { "holdfast.guard": "stack", "holdfast.guard.of": "backup" },
        mounts: [
          { kind: "bind", source: "/run/user/docker.sock", destination: "/run/docker.sock" },
          { kind: "volume", source: "stack_state", destination: "/var/lib/holdfast", writable: false },
        ],
        networks: [],
        capabilities: ["DAC_READ_SEARCH"],
        survivesEngine: true,
      },
    ]);
  });

  it("shares our networks where the engine is behind a proxy", async () => {
    sidecar([STATE]);
    engine.addService({ service: "app" });
    await holder("tcp://proxy:2375").hold(request(), nothing);
    expect(engine.requests).toMatchObject([
      { networks: ["front", "proxy"], mounts: [{ source: "stack_state" }] },
    ]);
  });

  it("is not made where nothing is to be held", async () => {
    sidecar();
    engine.addService({ service: "app", state: "exited" });
    await holder().hold(request(), nothing);
    expect(engine.requests).toEqual([]);
  });

  it.each(["pause", "stop"] as const)(
    "leaves time for services to end: %s does not start them then",
    async (mode) => {
      sidecar();
      const app = engine.addService({ service: "app" });
      engine.beforeChange = (change) => {
        if (change.startsWith("create")) engine.setState(app, "exited");
      };
      await holder().hold({ ...request(), mode }, nothing);
      expect(engine.stateOf(app)).toBe("exited");
    },
  );

  it("is missed by a warning where it cannot be made, and the services are held all the same", async () => {
    sidecar();
    const app = engine.addService({ service: "app" });
    engine.beforeChange = (change) => {
      if (change.startsWith("create"))
        throw new HoldfastError("runtime", {
          what: "Making it",
          why: "POST /containers/create is not allowed",
        });
    };
    await holder().hold(request(), async () => expect(engine.stateOf(app)).toBe("paused"));
    expect(engine.stateOf(app)).toBe("running");
    expect(warnings).toEqual([expect.stringContaining("POST /containers/create is not allowed")]);
  });

  it("is missed by a warning where the state directory is on no volume", async () => {
    sidecar([SOCKET]);
    engine.addService({ service: "app" });
    await holder().hold(request(), nothing);
    expect(warnings).toEqual([expect.stringContaining("the state directory /var/lib/holdfast")]);
  });

  it("is missed once and for all where this process runs in no container", async () => {
    engine.addService({ service: "app" });
    const services = holder();
    for (const _ of [1, 2]) await services.hold(request(), nothing);
    expect(events).toEqual([expect.stringContaining("runs in no container")]);
    expect(warnings).toEqual([]);
  });

  it("is nothing to talk about where there is no engine", async () => {
    const cause = Object.assign(new Error("no such file"), { code: "ENOENT" });
    engine.ownContainer = async () => {
      throw new HoldfastError("runtime", { what: "Asking", why: "there is no socket", cause });
    };
    expect(await holder().settle(new AbortController().signal)).toBeUndefined();
    expect([...events, ...warnings]).toEqual([]);
  });

  it("is removed by the next start where it was left over, but not that of another sidecar", async () => {
    sidecar();
    const image = "image";
    for (const [name, of] of [
      ["old", "backup"],
      ["other", "backup-b"],
    ] as const) {
      const labels = { "holdfast.guard": "stack", "holdfast.guard.of": of };
      await engine.create({ name, image, labels, command: [] });
    }
    await holder().settle(new AbortController().signal);
    expect((await guards()).map(({ name }) => name)).toEqual(["other"]);
  });
});
