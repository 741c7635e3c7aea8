/** Servers of drills, with a kind that is a double: its server is a directory, in which dumps become files. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../test/fakes/memory-engine.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import type { TrialServer } from "../ports/dump-trial.ts";
import { askTool } from "./ask-tool.ts";
import type { DumpExaminer } from "./dump-kind.ts";
import { dumpTrials, objectTallies, rowTally } from "./dump-trials.ts";

const { signal } = new AbortController();
let root: string;
let server: TrialServer;
/** What of it the server keeps. */
let keep: string;
let accepted: number;

/** Each line of a dump is a row. */
class LineCounter implements DumpExaminer {
  lines = 0;
  push(chunk: Uint8Array): void {
    this.lines += chunk.filter((byte) => byte === 0x0a).length;
  }
  finish() {
    return { objects: undefined, facts: {} };
  }
}

beforeEach(async () => {
  root = temporaryDirectory();
  [keep, accepted] = ["cat", 0];
  const runtime = new MemoryEngine();
  const id = runtime.addService({ service: "db" });
  const context = { runtime, clock: new FakeClock(), project: "stack", job: "users" };
  const at = join(root, "data");
  const sh = (script: string) => ({ name: "the server", command: ["sh", "-c", script] });
  const trials = dumpTrials(
    {
      ...{ service: "db", runAs: undefined, env: { A: "b" } },
      probe: sh(`test -d ${at}`),
      restorer: (open) => ({
        ...{ service: "db", stopForRestore: [], hasDatabases: false, isAtomic: true, look: async () => [] },
        async restore({ dumps }) {
          const place = await open({ service: "db", what: "Restoring", signal });
          for (const dump of dumps) {
            // As one that looks at the beginning first.
            for await (const _ of dump.read(signal)) break;
            const tool = { ...sh(`${keep} > ${at}/${dump.object}`), stdin: dump.read(signal) };
            await askTool(place, tool, { what: "Restoring", signal });
          }
          return {
            ...{ warnings: [], kept: undefined, revert: undefined },
            accept: async () => void (accepted += 1),
          };
        },
      }),
      counter: () => new LineCounter(),
      async count({ place, ...asked }, { dump, counter }) {
        const there = Number(await askTool(place, sh(`wc -l < ${at}/${dump.object}`), asked));
        const of = `Database ${dump.database ?? ""}`;
        return [
          ...objectTallies(of, dump, new Map([["tables", 1]])),
          rowTally("Table t", there, counter.lines),
        ];
      },
      ask: ({ place, ...asked }, query, database) =>
        askTool(place, sh(`echo "${query}" ${database ?? ""}`), asked),
    },
    context,
  );
  expect(trials).toMatchObject({ service: "db", container: { env: { A: "b" } } });
  server = trials.open(await runtime.inspect(id));
});

const dumpOf = (text: string, facts: object = {}) => ({
  ...{ object: "dump", bytes: text.length, database: "app", ...facts },
  async *read() {
    yield Buffer.from(text.slice(0, 3));
    yield Buffer.from(text.slice(3));
  },
});
const drill = async (...dumps: ReturnType<typeof dumpOf>[]) => {
  mkdirSync(join(root, "data"));
  await server.restore({ dumps, signal, onProgress: () => undefined });
  return server.compare(dumps, signal);
};

describe("A server of a drill", () => {
  it("is ready once its own tool says so", async () => {
    expect(await server.isReady(signal)).toBe(false);
    mkdirSync(join(root, "data"));
    expect(await server.isReady(signal)).toBe(true);
  });

  it("has what its dumps have, and none of what was there before", async () => {
    expect(await drill(dumpOf("1\n2\n3\n", { tables: 1 }))).toEqual([]);
    expect(readFileSync(join(root, "data/dump"), "utf8")).toBe("1\n2\n3\n");
    expect(accepted).toBe(1);
  });

  it("is told to lack what its dump has, by the record and by the rows that were given to it", async () => {
    keep = "head -n 2";
    expect(await drill(dumpOf("1\n2\n3\n", { tables: 2 }))).toEqual([
      "Database app has 1 tables when it is restored, and its dump 2.",
      "Table t has 2 rows when it is restored, and its dump 3.",
    ]);
  });

  it("tells at most twenty lacks one by one", async () => {
    keep = "head -n 0";
    const dumps = Array.from({ length: 25 }, (_, at) => dumpOf("1\n", { object: `dump${at}` }));
    const problems = await drill(...dumps);
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe("5 more are lacking in the same way.");
  });

  it("answers what it is asked", async () => {
    expect(await server.ask({ query: "hello", database: "app" }, signal)).toBe("hello app");
  });
});
