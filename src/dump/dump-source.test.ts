import { randomUUID } from "node:crypto";
import { execFileSync } from "node:child_process";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { MemoryReader, MemorySink } from "../../test/fakes/memory-object.ts";
import { decodeObject } from "../archive/decode-frames.ts";
import { FramedObject } from "../archive/framed-object.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { CaptureRequest } from "../ports/source.ts";
import type { DumpExaminer, DumpFilter, DumpKind } from "./dump-kind.ts";
import { createDumpSource } from "./dump-source.ts";
import { openService } from "./service-place.ts";

let engine: MemoryEngine;
let sinks: Map<string, MemorySink>;
let job: string;

beforeEach(() => {
  engine = new MemoryEngine();
  sinks = new Map();
  // The processes are those of this machine, and others run tests on it.
  job = randomUUID();
});

/** Whole is what ends with `end`; it holds as many objects as it says. */
class WordExaminer implements DumpExaminer {
  #text = "";
  push(chunk: Uint8Array): void {
    const text = this.#text + Buffer.from(chunk).toString();
    // Before all but its end is forgotten: the first chunk may be a long one.
    if (text.startsWith("bad")) throw new Error("it begins badly");
    this.#text = text.slice(-100);
  }
  finish() {
    if (!this.#text.endsWith("end")) throw new Error("its end is missing");
    const objects = Number(/(\d+) objects/.exec(this.#text)?.[1] ?? 0);
    return { objects, facts: { words: 3 } };
  }
}

/** Keeps back one byte, and gives another one instead of the last. */
class WithoutLastByte implements DumpFilter {
  #held = Buffer.alloc(0);
  push(chunk: Uint8Array) {
    const bytes = Buffer.concat([this.#held, chunk]);
    this.#held = bytes.subarray(-1);
    return bytes.subarray(0, -1);
  }
  finish() {
    return Buffer.from("d");
  }
}

function sourceOf(script: string, { allowEmpty = false, parts = 1, env = {}, hasFilter = false } = {}) {
  const kind: DumpKind = {
    ...{ kind: "words", source: "service db", allowEmpty },
    async plan() {
      return {
        parts: Array.from({ length: parts }, (_, at) => ({
          ...{ name: `dump.${at + 1}.txt`, what: `database d${at + 1}` },
          tool: { name: "dumper", command: ["sh", "-c", script], env, secrets: Object.values(env) },
          filter: hasFilter ? new WithoutLastByte() : undefined,
          ...{ examiner: new WordExaminer(), facts: { database: `d${at + 1}` } },
        })),
        facts: { service: "db", server: "Words 1" },
        warnings: [],
      };
    },
    inspect: async () => ["it is odd"],
  };
  const context = { runtime: engine, clock: new FakeClock(), project: "stack", job };
  return createDumpSource(kind, async ({ what, signal }, work) =>
    work(await openService({ service: "db", user: undefined, what }, context, signal)),
  );
}

function capture(source: ReturnType<typeof sourceOf>, of: Partial<CaptureRequest> = {}) {
  const openObject = (name: string): MemorySink => {
    const sink = new MemorySink();
    sinks.set(name, sink);
    return sink;
  };
  return source.capture({ openObject, previous: undefined, signal: new AbortController().signal, ...of });
}

async function contentOf(name: string): Promise<string> {
  const object = await FramedObject.open(new MemoryReader(name, sinks.get(name)?.bytes() ?? Buffer.alloc(0)));
  const frames = await Array.fromAsync(decodeObject(object));
  return Buffer.concat(frames.map(({ content }) => content)).toString();
}

const isRunning = (): boolean => {
  try {
    return (
      execFileSync("sh", ["-c", `grep -lF "stack/${job};" /proc/[0-9]*/environ 2>/dev/null || true`]).length >
      0
    );
  } catch {
    return false;
  }
};

describe("a dump by a tool in a service's container", () => {
  it("is one framed object a part, with what the examiner saw in the record", async () => {
    engine.addService({ service: "db" });
    const summary = await capture(sourceOf("echo -n '5 objects end'", { parts: 2 }));
    expect(summary).toMatchObject({
      ...{ kind: "full", incomplete: false, warningCount: 0 },
      totals: { entries: 10, files: 2, sourceBytes: 26 },
      capture: {
        ...{ service: "db", server: "Words 1", container: "stack-db-1" },
        dumps: [
          { object: "dump.1.txt.zst", bytes: 13, database: "d1", objects: 5, words: 3 },
          { object: "dump.2.txt.zst", database: "d2" },
        ],
      },
    });
    expect(await contentOf("dump.2.txt.zst")).toBe("5 objects end");
  });

  it("is stored as it was written, however long it is", async () => {
    engine.addService({ service: "db" });
    const { totals } = await capture(sourceOf("head -c 20000000 /dev/zero; echo -n ' 1 objects end'"));
    expect(totals.sourceBytes).toBe(20_000_014);
    expect((await contentOf("dump.1.txt.zst")).length).toBe(20_000_014);
  });

  it("is examined and stored without what the tool writes beside it", async () => {
    engine.addService({ service: "db" });
    const { totals } = await capture(sourceOf("echo -n '5 objects enX'", { hasFilter: true }));
    expect(totals).toMatchObject({ entries: 5, sourceBytes: 13 });
    expect(await contentOf("dump.1.txt.zst")).toBe("5 objects end");
  });

  it.each([
    [
      "fails",
      "echo -n '5 objects end'; echo 'dumper: error: FATAL: no' >&2; echo more >&2; exit 3",
      "dumper ended with exit code 3 in service db: dumper: error: FATAL: no",
    ],
    ["is killed", "echo -n '5 objects end'; kill -9 $$", "dumper ended with exit code 137"],
    ["is missing", "exec no-such-dumper", "service db has no dumper that can be run"],
    ["writes nothing", "true", "dumper in service db ended well, but wrote nothing"],
    ["does not come to its end", "echo 5 objects", "what was written is no whole dump: its end is missing"],
    ["writes something else", "echo bad; echo end", "what was written is no whole dump: it begins badly"],
    [
      "writes something else without end",
      "(echo bad; cat /dev/zero) | dd bs=64k iflag=fullblock 2>&-",
      "what was written is no whole dump: it begins badly",
    ],
    [
      "writes why it fails",
      "echo bad; echo 'the error' >&2; exit 1",
      "dumper ended with exit code 1 in service db: the error",
    ],
  ])("is none when the tool %s", async (_, script, why) => {
    engine.addService({ service: "db" });
    await expect(capture(sourceOf(script))).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining(`Dumping database d1 of service db failed: ${why}`) as unknown,
    });
    expect(isRunning()).toBe(false);
  });

  it("is none when only the second of two tools fails", async () => {
    engine.addService({ service: "db" });
    const script = `test -e /tmp/${job} && exit 1; touch /tmp/${job}; echo -n '5 objects end'`;
    await expect(capture(sourceOf(script, { parts: 2 }))).rejects.toThrow(
      "Dumping database d2 of service db failed",
    );
    execFileSync("rm", [`/tmp/${job}`]);
  });

  it("does not tell a secret that the tool was given", async () => {
    engine.addService({ service: "db" });
    const script = 'echo "error: password $PASSWORD is wrong" >&2; exit 1';
    const error = await capture(sourceOf(script, { env: { PASSWORD: "hunter22" } })).catch(
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ message: expect.stringContaining("password *** is wrong") as unknown });
    expect(String((error as Error).cause)).not.toContain("hunter22");
  });

  it("is none where the server is empty and was not, unless that is allowed", async () => {
    engine.addService({ service: "db" });
    const previous = { totals: { entries: 7 } } as CommitRecord;
    const script = "echo -n '0 objects end'";
    await expect(capture(sourceOf(script), { previous })).rejects.toThrow(
      "it is empty where it was not: the last recovery point holds 7 tables",
    );
    await expect(capture(sourceOf(script))).resolves.toBeDefined();
    await expect(capture(sourceOf(script, { allowEmpty: true }), { previous })).resolves.toBeDefined();
  });

  it.each(["exited", "paused", "restarting"] as const)("is none of a container that is %s", async (state) => {
    engine.addService({ service: "db", state });
    await expect(capture(sourceOf("echo end"))).rejects.toMatchObject({
      message: expect.stringContaining(
        `service db does not run: its container stack-db-1 is ${state}`,
      ) as unknown,
      transient: true,
    });
  });

  it("names the services there are when there is none of that name", async () => {
    engine.addService({ service: "database" });
    await expect(capture(sourceOf("echo end"))).rejects.toThrow(
      "no container of a service db; name one of: database",
    );
  });

  it("is of the first replica that runs, which doctor tells", async () => {
    engine.addService({ service: "db", number: 1, state: "exited" });
    engine.addService({ service: "db", number: 2 });
    engine.addService({ service: "db", number: 3 });
    expect((await capture(sourceOf("echo -n end"))).capture["container"]).toBe("stack-db-2");
    expect(await sourceOf("echo").inspect(new AbortController().signal)).toEqual([
      "Service db has 2 containers that run: only stack-db-2 is dumped.",
      "it is odd",
    ]);
  });

  it("is cancelled with its tool, and all that the tool has started", async () => {
    engine.addService({ service: "db" });
    const stop = new AbortController();
    const openObject = () => ({
      write: async () => {
        expect(isRunning()).toBe(true);
        stop.abort();
      },
    });
    const script = "sleep 600 & cat /dev/zero";
    await expect(capture(sourceOf(script), { openObject, signal: stop.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(isRunning()).toBe(false);
  });

  it("fails as the store does that takes nothing, and ends the tool", async () => {
    engine.addService({ service: "db" });
    const openObject = () => ({ write: () => Promise.reject(new Error("the store is full")) });
    await expect(capture(sourceOf("cat /dev/zero"), { openObject })).rejects.toThrow("the store is full");
    expect(isRunning()).toBe(false);
  });

  it("ends what a killed run of the job has left in the container before it begins", async () => {
    const left = engine.exec(
      engine.addService({ service: "db" }),
      { command: ["sleep", "600"], env: { HOLDFAST_TOOL: `stack/${job};` }, stdout: new MemorySink() },
      new AbortController().signal,
    );
    expect(isRunning()).toBe(true);
    await capture(sourceOf("echo -n end"));
    expect((await left).exitCode).not.toBe(0);
  });
});
