/** With a stand-in for mongorestore, which keeps what it was told and given. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { MemoryEngine } from "../../../test/fakes/memory-engine.ts";
import { mongodumpArchive } from "../../../test/fakes/mongodump-archive.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { openService } from "../../dump/service-place.ts";
import { systemClock } from "../../observability/system-clock.ts";
import { mongodbRestorer } from "./mongodb-restorer.ts";
import { MongodbOptions } from "./options.ts";

const ARCHIVE = mongodumpArchive({ collections: [{ db: "shop", name: "orders", documents: ["žluť"] }] });
const MONGORESTORE = `#!/bin/sh
echo "$@" > "$KEPT/arguments"; cat /dev/fd/3 > "$KEPT/config"; cat > "$KEPT/archive"; exit "\${CODE:-0}"
`;
const { signal } = new AbortController();

afterEach(() => void vi.unstubAllEnvs());

async function setUp(database?: string) {
  const directory = temporaryDirectory();
  await mkdir(join(directory, "bin"));
  await writeFile(join(directory, "bin/mongorestore"), MONGORESTORE, { mode: 0o755 });
  vi.stubEnv("PATH", `${join(directory, "bin")}:${process.env["PATH"] ?? ""}`);
  vi.stubEnv("KEPT", directory);
  vi.stubEnv("MONGO_INITDB_ROOT_USERNAME", "root");
  vi.stubEnv("MONGO_INITDB_ROOT_PASSWORD", "correct 'horse'");
  const runtime = new MemoryEngine();
  runtime.addService({ service: "mongo" });
  const options = MongodbOptions.parse({ kind: "mongodb", service: "mongo", database });
  const context = { runtime, clock: systemClock, project: "stack", job: "documents" };
  return {
    restorer: mongodbRestorer(options, (asked) =>
      openService({ ...asked, user: undefined }, context, asked.signal),
    ),
    kept: async (name: string) => (await readFile(join(directory, name))).toString().trim(),
    archive: () => readFile(join(directory, "archive")),
  };
}

const dump = (facts: object) => ({
  ...{ object: "dump.archive.zst", bytes: ARCHIVE.length, ...facts },
  async *read() {
    yield ARCHIVE.subarray(0, 100);
    yield ARCHIVE.subarray(100);
  },
});

it("is given the archive, with the password where nobody sees it", async () => {
  const { restorer, kept, archive } = await setUp();
  await restorer.restore({ dumps: [dump({ oplog: "yes" })], signal });
  expect(await archive()).toEqual(ARCHIVE);
  expect(await kept("config")).toBe("password: 'correct ''horse'''");
  expect(await kept("arguments")).toBe(
    "--archive --drop --stopOnError --oplogReplay --username=root --authenticationDatabase=admin --config=/dev/fd/3",
  );
});

it("goes into another database of one that was dumped alone", async () => {
  const { restorer, kept } = await setUp("shop");
  const dumps = [dump({ database: "shop", oplog: "no" })];
  await restorer.restore({ dumps, database: "copy", signal });
  expect(await kept("arguments")).toMatch(
    /^--archive --drop --stopOnError --nsFrom=shop\.\* --nsTo=copy\.\* /,
  );
  await expect(restorer.look({ dumps: [dump({})], database: "copy", signal })).rejects.toThrow(
    "the point holds all databases of a server",
  );
});

it("fails in one sentence", async () => {
  const { restorer } = await setUp();
  vi.stubEnv("CODE", "1");
  await expect(restorer.restore({ dumps: [dump({})], signal })).rejects.toThrow(
    "Restoring to service mongo failed: mongorestore ended with exit code 1 in service mongo",
  );
});
