import { beforeEach, describe, expect, it } from "vitest";
import { appWorkshop, testJob } from "../../test/fakes/app-workshop.ts";
import { passing } from "../../test/fakes/passing-time.ts";
import { backupJob } from "../app/backup-job.ts";
import { locatePoint } from "../app/locate-point.ts";
import { FrameWriter } from "../archive/frame-writer.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { DumpRestorer } from "../ports/dump-restorer.ts";
import type { Source } from "../ports/source.ts";
import { recoverDumps } from "./recover-dumps.ts";

const { signal } = new AbortController();
const job = testJob({
  ...{ sourceKind: "words", timeout: 3_600_000 },
  afterRestore: { healthLimit: 60_000, checks: [] },
});

let shop: ReturnType<typeof appWorkshop>;
/** What the server holds. */
let content: string;
let done: string[];
/** How many of the next restores fail, when a half of it is there. */
let failures: number;

const source: Source = {
  kind: "words",
  async capture(request) {
    const frames = new FrameWriter(request.openObject("dump.txt.zst"));
    const bytes = Buffer.from(content);
    await frames.add(bytes);
    await frames.finish();
    done.push(`dump ${content}`);
    return {
      ...{ kind: "full", needs: [], incomplete: false, warnings: [], warningCount: 0 },
      totals: { entries: 1, files: 1, directories: 0, symlinks: 0, hardlinks: 0, sourceBytes: bytes.length },
      capture: { dumps: [{ object: "dump.txt.zst", bytes: bytes.length }] },
    };
  },
  inspect: async () => [],
};

function restorer(isAtomic: boolean, look: DumpRestorer["look"] = async () => [content]): DumpRestorer {
  return {
    ...{ service: "db", stopForRestore: ["app"], hasDatabases: true, isAtomic, look },
    async restore({ dumps }) {
      if (failures > 0) {
        failures -= 1;
        if (!isAtomic) content = "half";
        throw new HoldfastError("source", { what: "Restoring", why: "the disk is full" });
      }
      const chunks = await Array.fromAsync(dumps[0]?.read(signal) ?? []);
      content = Buffer.concat(chunks).toString();
      done.push("restore");
      return { warnings: [], kept: undefined, accept: async () => undefined, revert: undefined };
    },
  };
}

beforeEach(() => {
  shop = appWorkshop();
  content = "first";
  [done, failures] = [[], 0];
  shop.engine.addService({ service: "db" });
  shop.engine.addService({ service: "app", dependsOn: ["db"] });
});

async function lostAfterBackup(): Promise<string> {
  await backupJob(shop.context, { job, source, stores: shop.stores, trigger: "command", signal });
  content = "broken";
  done = [];
  return (await points())[0] ?? "";
}

async function points(): Promise<string[]> {
  const { catalog, stack } = shop.context;
  const choice = { newest: true } as const;
  const of = { catalog, stack, stores: shop.stores, job: job.name, choice, signal };
  return (await locatePoint(of)).points.map(({ id }) => id);
}

/** One turn of a recovery; gives where what was there is. */
async function recover(dumps: DumpRestorer, point: string, { isFresh = true } = {}): Promise<string[]> {
  const kept: string[] = [];
  const step = {
    ...({ job: job.name, kind: "dump", begunAt: undefined, doneAt: undefined, ms: undefined } as const),
    point: { id: point, store: "local", startedAt: 0, sourceBytes: 5 },
    ...{ safety: undefined, warnings: [] },
  };
  const replacing = async (where?: string): Promise<void> => {
    done.push("replacing");
    if (where !== undefined) kept.push(where);
  };
  const stack = { context: shop.context, job: () => ({ job, source, stores: shop.stores, dumps }) };
  await recoverDumps(step, { stack, safety: true, isFresh, replacing, signal });
  return kept;
}

describe.each([
  ["all at once, as PostgreSQL and Redis do", true],
  ["piece by piece, as MySQL and MongoDB do", false],
])("dumps in a recovery, for a server that takes them %s", (_, isAtomic) => {
  it("are given to it once what it held is kept, and that is known; nobody is stopped for it", async () => {
    const point = await lostAfterBackup();
    const [kept] = await recover(restorer(isAtomic), point);
    expect(done).toEqual(["dump broken", "replacing", "restore"]);
    expect([content, ...shop.engine.done]).toEqual(["first"]);
    const safety = (await points()).filter((id) => id !== point);
    expect(safety.map((id) => `point ${id}`)).toEqual([kept]);
  });

  it("are given again where that failed, with what it held before in use or put back meanwhile", async () => {
    const point = await lostAfterBackup();
    failures = 1;
    await expect(recover(restorer(isAtomic), point)).rejects.toThrow(/the disk is full/);
    expect(content).toBe("broken");
    done = [];
    expect(await recover(restorer(isAtomic), point, { isFresh: false })).toEqual([]);
    expect([content, ...done]).toEqual(["first", "replacing", "restore"]);
  });

  it("are given again after that was killed half-way, and of what is there then nothing is kept", async () => {
    const point = await lostAfterBackup();
    content = isAtomic ? "broken" : "half";
    expect(await recover(restorer(isAtomic), point, { isFresh: false })).toEqual([]);
    expect([content, ...done]).toEqual(["first", "replacing", "restore"]);
    expect(await points()).toEqual([point]);
  });

  it("wait for a server that has only been started, and keep nothing of one that holds nothing", async () => {
    const point = await lostAfterBackup();
    let looks = 0;
    const starting = restorer(isAtomic, async () => {
      looks += 1;
      if (looks < 3) throw new HoldfastError("source", { what: "Asking db", why: "it is starting" });
      return [];
    });
    const recovered = recover(starting, point);
    await passing(recovered, shop);
    expect([content, ...done]).toEqual(["first", "replacing", "restore"]);
  });
});

it("says what keeps a server from taking dumps, once it has had its time to start", async () => {
  const point = await lostAfterBackup();
  const never = restorer(true, () => Promise.reject(new Error("it is a replica")));
  await expect(passing(recover(never, point), shop)).rejects.toThrow("it is a replica");
  expect([content, ...done]).toEqual(["broken"]);
});
