/** With stand-ins for mongosh and mongorestore: the shell runs what it is asked in Node, over a server that is a file. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeClock } from "../../../test/fakes/fake-clock.ts";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { mongodumpArchive } from "../../../test/fakes/mongodump-archive.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import type { TrialServer } from "../../ports/dump-trial.ts";
import { mongodbTrials } from "./mongodb-trial.ts";
import { MongodbOptions } from "./options.ts";

const { signal } = new AbortController();
const MONGORESTORE = `#!/bin/sh
echo "$@" > "$KEPT/arguments"; cat > "$KEPT/archive"
`;
const MONGOSH = `#!${process.execPath}
const [database, , script] = process.argv.slice(4);
const all = JSON.parse(require("fs").readFileSync(process.env.KEPT + "/server", "utf8"));
const of = (name) => ({
  getSiblingDB: of, getName: () => name,
  adminCommand: () => ({ ok: all.ok }),
  getCollectionNames: () => Object.keys(all[name] ?? {}),
  getCollection: (c) => ({ countDocuments: () => all[name][c] }),
});
const db = of(database), print = console.log;
try { const value = eval(script); if (value !== undefined) print(value) } catch (error) { console.error("MongoServerError: " + error.message); process.exit(1) }
`;

let directory: string;
let server: TrialServer;
const has = (collections: object) => writeFile(join(directory, "server"), JSON.stringify(collections));

beforeEach(async () => {
  directory = temporaryDirectory();
  await mkdir(join(directory, "bin"));
  await writeFile(join(directory, "bin/mongorestore"), MONGORESTORE, { mode: 0o755 });
  await writeFile(join(directory, "bin/mongosh"), MONGOSH, { mode: 0o755 });
  vi.stubEnv("PATH", `${join(directory, "bin")}:${process.env["PATH"] ?? ""}`);
  vi.stubEnv("KEPT", directory);
  const runtime = new MemoryEngine();
  const options = MongodbOptions.parse({ kind: "mongodb", service: "mongo", user: "me", password: "secret" });
  const context = { runtime, clock: new FakeClock(), project: "stack", job: "documents" };
  server = mongodbTrials(options, context).open(
    await runtime.inspect(runtime.addService({ service: "mongo" })),
  );
});

afterEach(() => void vi.unstubAllEnvs());

async function restore(oplog: readonly string[] = []) {
  const archive = mongodumpArchive({
    collections: [
      { db: "shop", name: "orders", documents: ["a", "b", "c"] },
      { db: "shop", name: "empty" },
      { db: "shop", name: "rich", view: true },
      { db: "admin", name: "system.version", documents: ["x"] },
      { db: "", name: "oplog", documents: oplog },
    ],
  });
  const dump = {
    ...{ object: "dump.archive.zst", bytes: archive.length, oplog: oplog.length > 0 ? "yes" : "no" },
    async *read() {
      yield archive;
    },
  };
  await server.restore({ dumps: [dump], signal, onProgress: () => undefined });
  expect(await readFile(join(directory, "archive"))).toEqual(archive);
  return server.compare([dump], signal);
}

it("is ready when the server answers, and not before", async () => {
  expect(await server.isReady(signal)).toBe(false);
  await has({ ok: 1 });
  expect(await server.isReady(signal)).toBe(true);
});

it("is given the archive without a user, and has each collection with its documents", async () => {
  await has({ shop: { orders: 3, empty: 0 } });
  expect(await restore()).toEqual([]);
  expect(await readFile(join(directory, "arguments"), "utf8")).toBe("--archive --drop --stopOnError\n");
});

it("lacks collections, and documents, in sentences that say of what", async () => {
  await has({ shop: { orders: 2 } });
  expect(await restore()).toEqual([
    "Database shop has 1 collections when it is restored, and its dump 2.",
    "Collection shop.orders has 2 documents when it is restored, and its dump 3.",
  ]);
});

it("may have fewer documents where they were deleted while they were dumped", async () => {
  await has({ shop: { orders: 2, empty: 0 } });
  expect(await restore(["delete one"])).toEqual([]);
});

it("answers an expression, and says what is wrong with one", async () => {
  await has({ shop: { orders: 2 } });
  const ask = (query: string) => server.ask({ query, database: "shop" }, signal);
  expect(await ask('db.getCollection("orders").countDocuments({})')).toBe("2");
  await expect(ask("db.orders.count()")).rejects.toThrow(
    "Asking service mongo of the drill failed: mongosh ended with exit code 1 in service mongo of the drill: MongoServerError",
  );
});
