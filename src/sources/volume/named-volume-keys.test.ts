import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { databaseFile, databaseParts } from "../../../test/fakes/database-drivers.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { MemorySink } from "../../../test/fakes/memory-object.ts";
import { FakeMachine } from "../../../test/fakes/process-tables.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { systemClock } from "../../observability/system-clock.ts";
import type { CommandEnd, CommandOutput } from "../../ports/container-runtime.ts";
import type { OneOffRequest } from "../../ports/one-off.ts";
import { rulesOf } from "./databases/database-rule.ts";
import { createNamedVolumeSource } from "./named-volume.ts";
import type { CaptureOrder } from "./stream/capture-order.ts";
import { serveCapture } from "./stream/serve-capture.ts";
import { createVolumeSource } from "./volume-source.ts";

const KEY = "correct horse battery staple";
const RULES = {
  together: false,
  rules: [
    { match: "other.duckdb", capture: "auto", verify: "full", rebuilt: false, export: "none" },
    { match: "*.duckdb", capture: "auto", verify: "full", rebuilt: false, export: "none", key: KEY },
  ],
} as const;
const { signal } = new AbortController();

let state: string;
let directory: string;
let engine: MemoryEngine;
let asked: OneOffRequest[];
/** With which key each database was checked. */
let keys: Map<string, string | undefined>;
/** Before the one-off container captures anything. */
let before: (order: CaptureOrder) => CommandEnd | undefined;

beforeEach(() => {
  state = temporaryDirectory();
  directory = temporaryDirectory();
  for (const name of ["live", "other"])
    writeFileSync(join(directory, `${name}.duckdb`), databaseFile("duckdb", name));
  engine = new MemoryEngine();
  engine.volumesThere.push({
    name: "shop_app_data",
    key: "app_data",
    project: "shop",
    driver: "local",
    labels: {},
  });
  const mount = { kind: "volume", volume: "shop_state", source: "/x", destination: state, writable: true };
  engine.own = engine.addService({ service: "backup", project: "shop", mounts: [mount as never] });
  asked = [];
  keys = new Map();
  before = () => undefined;
});

async function run(request: OneOffRequest, { stdout }: CommandOutput): Promise<CommandEnd> {
  asked.push(request);
  const order = JSON.parse(request.arguments[1] ?? "") as CaptureOrder;
  const killed = before(order);
  if (killed !== undefined) return killed;
  const isWhole = await serveCapture(
    order,
    (options) => {
      if (order.keys !== undefined) expect(existsSync(order.keys)).toBe(false);
      const parts = databaseParts({
        ...{ scratch: join(state, "scratch"), ...rulesOf(options.embeddedDatabases) },
      });
      const { duckdb } = parts.drivers;
      const check = duckdb.check.bind(duckdb);
      duckdb.check = (database) => {
        keys.set(duckdb.orders.at(-1)?.path.toString().split("/").at(-1) ?? "", database.key);
        return check(database);
      };
      return createVolumeSource({ ...options, path: directory }, { databases: parts });
    },
    { output: stdout, clock: systemClock, signal },
  );
  return { exitCode: isWhole ? 0 : 1, lastWords: "" };
}

async function capture(): Promise<void> {
  const source = createNamedVolumeSource(
    { kind: "volume", volume: "app_data", embeddedDatabases: { ...RULES, rules: [...RULES.rules] } },
    {
      ...{ job: "data", project: "shop", runtime: engine, oneOffs: { run }, scratch: join(state, "scratch") },
      processes: new FakeMachine().startProcess(),
      directory: (options) => createVolumeSource({ ...options, path: directory }),
    },
  );
  await source.capture({ openObject: () => new MemorySink(), previous: undefined, signal });
}

describe("the key of an encrypted database in a volume that a one-off container captures", () => {
  it("reaches the check of that database, and of no other", async () => {
    await capture();
    expect(Object.fromEntries(keys)).toEqual({ "live.duckdb": KEY, "other.duckdb": undefined });
  });

  it("is in nothing that the engine is told, and in a file that only its owner reads and nobody keeps", async () => {
    let mode = 0;
    before = (order) => void (mode = statSync(order.keys ?? "").mode);
    await capture();
    expect(JSON.stringify(asked)).not.toContain(KEY);
    expect(mode & 0o777).toBe(0o600);
    expect(readdirSync(join(state, "scratch"))).toEqual([]);
  });

  it("is not left behind by a container that was killed before it read it", async () => {
    before = () => ({ exitCode: 137, lastWords: "" });
    await expect(capture()).rejects.toThrow("was killed");
    expect(readdirSync(join(state, "scratch"))).toEqual([]);
  });

  it("is told to nobody where the two have no directory for it, and the database is captured all the same", async () => {
    engine.own = engine.addService({ service: "backup", project: "shop", number: 2 });
    await capture();
    expect(JSON.stringify(asked)).not.toContain(KEY);
    expect(keys.get("live.duckdb")).toBeUndefined();
    expect(keys.size).toBe(2);
  });
});
