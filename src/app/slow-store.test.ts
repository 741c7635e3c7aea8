/** A run with a store that takes nothing for as long as it is asked to take the stream. */
import { describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import type { FaultyStore } from "../../test/fakes/faulty-store.ts";
import { ScriptedSource } from "../../test/fakes/scripted-source.ts";
import { MINUTE, SECOND } from "../domain/instant.ts";
import type { CaptureRequest } from "../ports/source.ts";
import { backupJob } from "./backup-job.ts";
import { LAG_BUFFER } from "./fan-out.ts";
import { runBackup, type BackupRequest } from "./run-backup.ts";

const NAMES = ["local", "offsite"];
const CHUNK = 2 * 1024 * 1024;
const CHUNKS = Array.from({ length: LAG_BUFFER / CHUNK + 4 }, () => Buffer.alloc(CHUNK, 7));

function setUp() {
  const shop = appWorkshop(NAMES);
  const offsite = shop.stores[1] as FaultyStore;
  offsite.inject("put", { kind: "hang" }, { key: /archive/ });
  const source = new ScriptedSource({ objects: { "archive.tar.zst": CHUNKS } });
  return { ...shop, offsite, source };
}

describe("a store that is too slow", () => {
  it("is let go, and gets the point by a copy in the same run, which has succeeded then", async () => {
    const { context, stores, source, clock, warnings, offsite } = setUp();
    const signal = new AbortController().signal;
    const job = testJob({ stores: NAMES });
    let isOver = false;
    const running = backupJob(context, { job, source, stores, trigger: "schedule", signal }).finally(
      () => (isOver = true),
    );
    while (!isOver) await clock.advance(10 * SECOND);
    const { run, report } = await running;
    expect(run).toMatchObject({
      outcome: "succeeded",
      durationMs: expect.toSatisfy((ms) => ms < MINUTE) as number,
    });
    expect(run.stores.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded"]);
    expect(warnings).toEqual([
      "Writing to store offsite failed: it was more than 32 MiB behind the other stores for too long. The point was copied there from another store.",
    ]);
    const { points } = await context.catalog.listPoints(offsite, { stack: STACK });
    expect(points.map(({ id }) => id)).toEqual([report?.record.id]);
  });
});

describe("while services are held, no time passes for a store that is too slow:", () => {
  const held = async <T>(work: (signal: AbortSignal) => Promise<T>) => {
    return { value: await work(new AbortController().signal), heldMs: 1, stopped: [] };
  };

  async function back(source: ScriptedSource, changes: Partial<BackupRequest>) {
    const { context, stores, clock } = setUp();
    const signal = new AbortController().signal;
    const { tool } = context;
    const locked = stores.map((store) => ({ store, lock: { signal, check: () => undefined } }));
    const request = {
      stack: STACK,
      job: "data",
      source,
      stores: locked,
      previous: undefined,
      encryption: undefined,
      clock,
      signal,
      tool,
    };
    const { failures } = await runBackup({ ...request, ...changes });
    expect(clock.monotonic()).toBe(0);
    return failures.map((failure) => failure?.message);
  }

  const behind = expect.stringMatching(/while services were held\.$/) as string;

  it("all of the capture", async () => {
    const { source } = setUp();
    expect(await back(source, { hold: held, holdsWhole: true })).toEqual([undefined, behind]);
  });

  it("what the source holds of it by itself", async () => {
    const { source } = setUp();
    const holding = Object.assign(source, { holdsItself: true });
    const capture = source.capture.bind(source);
    holding.capture = async (request: CaptureRequest) => {
      if (request.hold === undefined) throw new Error("nothing to hold with");
      return (await request.hold(() => capture(request))).value;
    };
    expect(await back(holding, { hold: held })).toEqual([undefined, behind]);
  });

  it("what it freezes of it", async () => {
    const { source } = setUp();
    const capture = source.capture.bind(source);
    source.capture = async (request: CaptureRequest) => {
      const freezer = await request.freezerOf?.({ directory: "/data" }, request.signal);
      if (freezer === undefined || !("freeze" in freezer)) throw new Error("nothing to freeze with");
      return (await freezer.freeze(() => capture(request))).value;
    };
    expect(await back(source, { freezerOf: async () => ({ freeze: held }) })).toEqual([undefined, behind]);
  });
});
