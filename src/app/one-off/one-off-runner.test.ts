import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import type { ContainerMount } from "../../ports/container-runtime.ts";
import type { OneOffRequest } from "../../ports/one-off.ts";
import { OneOffRunner } from "./one-off-runner.ts";

const signal = new AbortController().signal;

let engine: MemoryEngine;
let events: string[];
let written: string;

beforeEach(() => {
  engine = new MemoryEngine();
  events = [];
  written = "";
});

const output = {
  stdout: { write: async (chunk: Uint8Array) => void (written += Buffer.from(chunk).toString()) },
};

function runner(program: readonly string[] = ["echo"]): OneOffRunner {
  return new OneOffRunner({
    ...{ runtime: engine, clock: new FakeClock(), stack: "shop", program },
    onEvent: ({ text }) => void events.push(text),
  });
}

function request(of: Partial<OneOffRequest> = {}): OneOffRequest {
  return { job: "data", purpose: "capture", arguments: ["hello"], mounts: [], capabilities: [], ...of };
}

function inContainer(mounts: readonly ContainerMount[] = []): void {
  engine.own = engine.addService({ service: "backup", project: "shop", mounts });
}

const mount = (destination: string, of: Partial<ContainerMount>): ContainerMount => ({
  ...{ kind: "bind", volume: undefined, source: `/host${destination}`, destination, writable: true },
  ...of,
});

describe("a one-off container", () => {
  it("is of our own image, without network and rights, and is gone when it has ended", async () => {
    inContainer();
    const end = await runner().run(request(), output, signal);
    expect(end.exitCode).toBe(0);
    expect(written).toBe("hello\n");
    expect(engine.requests).toMatchObject([
      { image: "image", command: ["echo", "hello"], capabilities: [], keepsNoLog: true },
    ]);
    expect(engine.requests[0]?.networks).toBeUndefined();
    expect(await engine.containers({ labels: { "holdfast.job": "data" } })).toEqual([]);
  });

  it("is gone, too, when what reads its output fails or the run is cancelled", async () => {
    inContainer();
    const full = { stdout: { write: () => Promise.reject(new Error("the store is full")) } };
    await expect(runner().run(request(), full, signal)).rejects.toThrow("the store is full");
    const cancelled = AbortSignal.abort();
    await expect(runner().run(request(), output, cancelled)).rejects.toMatchObject({ code: "cancelled" });
    expect(await engine.containers({ labels: { "holdfast.job": "data" } })).toEqual([]);
  });

  it("sees what lies on a mount of ours at the same place, and cannot write there", async () => {
    inContainer([
      mount("/var/lib/holdfast", { kind: "volume", volume: "shop_state" }),
      mount("/var", {}),
      mount("/tmp", { kind: "tmpfs" }),
    ]);
    const mounts = [
      { kind: "volume", source: "shop_app", destination: "/source/a", writable: false },
    ] as const;
    const visible = ["/var/lib/holdfast/index", "/tmp/x", "/nowhere/x"];
    await runner().run(request({ mounts, visible }), output, signal);
    expect(engine.requests[0]?.mounts).toEqual([
      ...mounts,
      { kind: "volume", source: "shop_state", destination: "/var/lib/holdfast", writable: false },
    ]);
  });

  it("removes what a killed run for the same job and purpose left, and nothing else", async () => {
    inContainer();
    const labels = { "holdfast.stack": "shop", "holdfast.project": "shop", "holdfast.job": "data" };
    const make = (name: string, more: Record<string, string>) =>
      engine.create({ name, image: "image", command: [], labels: { ...labels, ...more } });
    const left = await make("left", { "holdfast.purpose": "capture" });
    const others = [
      await make("other-purpose", { "holdfast.purpose": "restore" }),
      await make("other-job", { "holdfast.purpose": "capture", "holdfast.job": "database" }),
      await make("other-project", { "holdfast.purpose": "capture", "holdfast.project": "shop2" }),
    ];
    await runner().run(request(), output, signal);
    expect(engine.stateOf(left)).toBeUndefined();
    expect(others.map((id) => engine.stateOf(id))).toEqual(["created", "created", "created"]);
    expect(events).toEqual(["Removed container left, which a killed run had left behind."]);
  });

  it("cannot be made where we run in none ourselves", async () => {
    await expect(runner().run(request(), output, signal)).rejects.toMatchObject({
      code: "runtime",
      message:
        "Making a container to capture job data failed: Holdfast itself runs in no container of this engine, so that there " +
        "is no image to make one of; run Holdfast as a service of the stack, or mount the volume and name its path.",
    });
  });
});
