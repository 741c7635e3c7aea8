import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { databaseFile, databaseParts } from "../../../test/fakes/database-drivers.ts";
import { MemorySink } from "../../../test/fakes/memory-object.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { systemClock } from "../../observability/system-clock.ts";
import type { CommandEnd, CommandOutput } from "../../ports/container-runtime.ts";
import type { OneOffRequest } from "../../ports/one-off.ts";
import type { CaptureBase, CaptureRequest, Hold } from "../../ports/source.ts";
import { createNamedVolumeSource, type NamedVolumeOptions } from "./named-volume.ts";
import type { CaptureOrder } from "./stream/capture-order.ts";
import { FrameStream } from "./stream/frames.ts";
import { serveCapture } from "./stream/serve-capture.ts";
import { createVolumeSource, type VolumeParts } from "./volume-source.ts";

const ENDED: CommandEnd = { exitCode: 0, lastWords: "" };

let engine: MemoryEngine;
let directory: string;
let asked: OneOffRequest[];
let scratch: string;
let parts: VolumeParts;
/** What the one-off container does instead of capturing the directory. */
let instead: ((output: CommandOutput) => Promise<CommandEnd>) | undefined;

beforeEach(() => {
  engine = new MemoryEngine();
  directory = temporaryDirectory();
  mkdirSync(join(directory, "sub"));
  writeFileSync(join(directory, "sub/file"), "content");
  asked = [];
  instead = undefined;
  scratch = join(temporaryDirectory(), "scratch");
  parts = {};
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
  const sourceOf = () => createVolumeSource({ ...order.options, path: directory }, parts);
  const around = { output: output.stdout, clock: systemClock, signal };
  const isWhole = await serveCapture(order, sourceOf, around);
  return { exitCode: isWhole ? 0 : 1, lastWords: "" };
}

function source(volume = "app_data", of: Partial<NamedVolumeOptions> = {}) {
  return createNamedVolumeSource(
    { kind: "volume", volume, ...of },
    {
      ...{ job: "data", project: "shop", runtime: engine, oneOffs: { run }, scratch },
      processes: new FakeMachine().startProcess(),
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

  it("leaves out what is too old by the time that the run was begun here", async () => {
    const startedAt = Date.parse("2100-01-01T00:00:00Z");
    const { totals } = await source("app_data", { modifiedWithin: "1d" }).capture(request({ startedAt }));
    expect(totals.files).toBe(0);
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
      const { signal } = new AbortController();
      await serveCapture(order, failing, { output: stdout, clock: systemClock, signal });
      return { exitCode: 143, lastWords: "" };
    };
    await expect(source().capture(request())).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("was stopped while it did") as string,
    });
  });
});

describe("the services of a volume that is captured in a one-off container", () => {
  let isHeld: boolean;
  let holds: number;

  const hold: Hold = async (work) => {
    [isHeld, holds] = [true, holds + 1];
    try {
      return { value: await work(new AbortController().signal), heldMs: 5 };
    } finally {
      isHeld = false;
    }
  };

  /** As the state volume is. */
  function shareScratch(): void {
    const destination = join(scratch, "..");
    const mount = {
      kind: "volume",
      volume: "shop_state",
      source: "/x",
      destination,
      writable: true,
    } as const;
    engine.own = engine.addService({ service: "backup", project: "shop", mounts: [mount] });
  }

  function addDatabase(): ReturnType<typeof databaseParts> {
    writeFileSync(join(directory, "live.duckdb"), databaseFile("duckdb", "rows"));
    const databases = databaseParts({ scratch });
    parts = { databases };
    return databases;
  }

  beforeEach(() => {
    [isHeld, holds] = [false, 0];
  });

  it("are held only while its databases are captured, and not while it is packed", async () => {
    shareScratch();
    let wasHeld = false;
    addDatabase().drivers.duckdb.before = () => void (wasHeld = isHeld);
    const captured = request({ hold });
    const { openObject } = captured;
    captured.openObject = (name) => {
      expect(isHeld).toBe(false);
      return openObject(name);
    };
    const summary = await source().capture(captured);
    expect(wasHeld).toBe(true);
    expect(summary.capture).toMatchObject({ heldMs: 5, databaseCount: 1 });
  });

  it("are held for all of it where it has no databases", async () => {
    shareScratch();
    expect((await source().capture(request({ hold }))).capture).toMatchObject({ heldMs: 5 });
    expect(holds).toBe(1);
  });

  it("are found by the volume's name for a database that does not stand still", async () => {
    shareScratch();
    const databases = addDatabase();
    const { duckdb } = databases.drivers;
    duckdb.verdicts = [{ state: "damaged", why: "torn" }];
    const places: unknown[] = [];
    const freezerOf: CaptureRequest["freezerOf"] = async (place) => {
      places.push(place);
      return { freeze: hold };
    };
    const { capture } = await source().capture(request({ freezerOf }));
    expect(places).toEqual([{ volume: "shop_app_data" }]);
    expect(capture).toMatchObject({ databases: [{ mode: "frozen", heldMs: 5 }] });
  });

  it("are held for all of it where the container could not be answered", async () => {
    addDatabase();
    const summary = await source().capture(request({ hold }));
    expect(summary.capture).toMatchObject({ heldMs: 5 });
    expect(holds).toBe(1);
  });

  it("run again when it is killed while they are held", async () => {
    shareScratch();
    instead = async ({ stdout }) => {
      await new FrameStream(stdout).send({ type: "hold", id: 1, by: "job" });
      await new Promise((resolve) => setImmediate(resolve));
      expect(isHeld).toBe(true);
      return { exitCode: 137, lastWords: "" };
    };
    await expect(source().capture(request({ hold }))).rejects.toThrow("was killed (exit code 137)");
    expect(isHeld).toBe(false);
  });
});
