import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { MemorySink } from "../../../test/fakes/memory-object.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { CommandEnd, CommandOutput } from "../../ports/container-runtime.ts";
import type { OneOffRequest } from "../../ports/one-off.ts";
import type { CaptureBase, CaptureRequest } from "../../ports/source.ts";
import { createNamedVolumeSource, type NamedVolumeOptions } from "./named-volume.ts";
import type { CaptureOrder } from "./stream/capture-order.ts";
import { serveCapture } from "./stream/serve-capture.ts";
import { createVolumeSource } from "./volume-source.ts";

const ENDED: CommandEnd = { exitCode: 0, lastWords: "" };

let engine: MemoryEngine;
let directory: string;
let asked: OneOffRequest[];
/** What the one-off container does instead of capturing the directory. */
let instead: ((output: CommandOutput) => Promise<CommandEnd>) | undefined;

beforeEach(() => {
  engine = new MemoryEngine();
  directory = temporaryDirectory();
  mkdirSync(join(directory, "sub"));
  writeFileSync(join(directory, "sub/file"), "content");
  asked = [];
  instead = undefined;
  for (const key of ["app_data", "cache"]) addVolume(key);
});

function addVolume(key: string): void {
  engine.volumesThere.push({ name: `shop_${key}`, labels: {}, project: "shop", key, driver: "local" });
}

/** The directory stands for the volume, wherever that is mounted. */
async function run(request: OneOffRequest, output: CommandOutput, signal: AbortSignal): Promise<CommandEnd> {
  asked.push(request);
  if (instead !== undefined) return instead(output);
  const order = JSON.parse(request.arguments[1] ?? "") as CaptureOrder;
  const sourceOf = () => createVolumeSource({ ...order.options, path: directory });
  const isWhole = await serveCapture(order, sourceOf, { output: output.stdout, signal });
  return { exitCode: isWhole ? 0 : 1, lastWords: "" };
}

function source(volume = "app_data", of: Partial<NamedVolumeOptions> = {}) {
  return createNamedVolumeSource(
    { kind: "volume", volume, ...of },
    {
      ...{ job: "data", project: "shop", runtime: engine, oneOffs: { run }, scratch: "/state/scratch" },
      directory: (options) => createVolumeSource({ ...options, path: directory }),
    },
  );
}

function request(of: Partial<CaptureRequest> = {}) {
  const objects = new Map<string, MemorySink>();
  const openObject = (name: string) => {
    const sink = new MemorySink();
    objects.set(name, sink);
    return sink;
  };
  const { signal } = new AbortController();
  return { objects, openObject, previous: undefined, signal, ...of };
}

describe("a volume by name", () => {
  it("that is mounted nowhere here is captured in a one-off container, read-only", async () => {
    const captured = request();
    const summary = await source().capture(captured);
    expect(summary).toMatchObject({
      kind: "full",
      totals: { files: 1 },
      capture: { volume: "shop_app_data" },
    });
    expect(asked).toMatchObject([
      {
        ...{ job: "data", purpose: "capture", capabilities: ["DAC_READ_SEARCH"], visible: [] },
        mounts: [
          { kind: "volume", source: "shop_app_data", destination: "/source/shop_app_data", writable: false },
        ],
      },
    ]);
    const here = request();
    const direct = await createVolumeSource({ kind: "volume", path: directory }).capture(here);
    expect(summary.totals).toEqual(direct.totals);
    for (const [name, sink] of here.objects)
      expect(captured.objects.get(name)?.bytes()).toEqual(sink.bytes());
  });

  it("is captured through its mount where it is mounted here, by either of its names", async () => {
    const mount = {
      kind: "volume",
      volume: "shop_app_data",
      source: "/x",
      destination: "/source/a",
    } as const;
    engine.own = engine.addService({
      ...{ service: "backup", project: "shop", mounts: [{ ...mount, writable: false }] },
    });
    for (const name of ["app_data", "shop_app_data"]) {
      const { capture } = await source(name).capture(request());
      expect(capture).toMatchObject({ volume: "shop_app_data" });
    }
    expect(asked).toEqual([]);
  });

  it("is built on an earlier point whose index the container sees, too", async () => {
    const first = request();
    const startedAt = new Date(0).toISOString();
    const { totals, capture } = await source().capture(first);
    const indexPath = join(temporaryDirectory(), "index");
    writeFileSync(indexPath, first.objects.get("files.jsonl.zst")?.bytes() ?? "");
    const record = { id: "20260101T000000Z-aaaa", startedAt, totals, capture, warnings: [], needs: [] };
    const base = { record, indexPath, now: Date.parse("2030-01-01"), recheck: 0, seed: 1 };
    const second = await source().capture(request({ base: base as unknown as CaptureBase }));
    expect(second).toMatchObject({ kind: "incremental", needs: ["20260101T000000Z-aaaa"] });
    expect(asked[1]?.visible).toEqual([indexPath]);
  });

  it("that does not exist is told with the names there are", async () => {
    const captured = source("app_date").capture(request());
    await expect(captured).rejects.toMatchObject({
      code: "source",
      message:
        "Finding volume app_date failed: project shop has no volume of that name, and the engine none; name one of: app_data, cache.",
    });
    expect(asked).toEqual([]);
  });

  it("fails as a directory here would", async () => {
    const previous = { totals: { files: 1, symlinks: 0, hardlinks: 0 } } as CaptureRequest["previous"];
    const captured = source("app_data", { include: ["nothing"] }).capture(request({ previous }));
    await expect(captured).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("is empty where it was not") as string,
    });
  });
});

describe("a one-off container that captures", () => {
  it.each([
    [{ exitCode: 137, lastWords: "" }, "was killed (exit code 137), by somebody or for lack of memory;"],
    [{ exitCode: 1, lastWords: "no such verb" }, "ended too early with exit code 1: no such verb;"],
    [ENDED, "ended too early with exit code 0;"],
  ])("and ends with %o before its stream does fails the run", async (end, why) => {
    instead = async ({ stdout }) => {
      await stdout.write(Buffer.from([0, 0, 0]));
      return end;
    };
    await expect(source().capture(request())).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining(
        `Capturing volume shop_app_data failed: the container that read it ${why}`,
      ) as string,
    });
  });

  it("and is removed fails the run", async () => {
    instead = () => Promise.reject(new HoldfastError("not-found", { what: "Waiting", why: "it is gone" }));
    await expect(source().capture(request())).rejects.toThrow("was removed while it did");
  });

  it("and is stopped fails the run, and does not look like a cancelled one", async () => {
    const stopped = new HoldfastError("cancelled", { what: "Capturing", why: "SIGTERM" });
    instead = async ({ stdout }) => {
      const order = {
        options: { kind: "volume", path: directory },
        previous: undefined,
        base: undefined,
        scratch: "/state/scratch",
      } as const;
      const failing = () => ({
        kind: "volume",
        capture: () => Promise.reject(stopped),
        inspect: async () => [],
      });
      await serveCapture(order, failing, { output: stdout, signal: new AbortController().signal });
      return { exitCode: 143, lastWords: "" };
    };
    await expect(source().capture(request())).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("was stopped while it did") as string,
    });
  });
});
