import { beforeEach, describe, expect, it } from "vitest";
import { appWorkshop, testJob } from "../../test/fakes/app-workshop.ts";
import { FrameWriter } from "../archive/frame-writer.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { DumpRestorer } from "../ports/dump-restorer.ts";
import type { Source } from "../ports/source.ts";
import { backupJob } from "./backup-job.ts";
import { dependentsOf } from "./dependents.ts";
import { locatePoint } from "./locate-point.ts";
import { runDumpRestore, type DumpRestoreRequest } from "./run-dump-restore.ts";

const { signal } = new AbortController();
const job = testJob({ sourceKind: "words", timeout: 3_600_000 });

let shop: ReturnType<typeof appWorkshop>;
/** What the server holds. */
let content: string;
let done: string[];

const source: Source = {
  kind: "words",
  async capture(request) {
    const frames = new FrameWriter(request.openObject("dump.txt.zst"));
    const bytes = Buffer.from(content);
    await frames.add(bytes);
    await frames.finish();
    return {
      ...{ kind: "full", needs: [], incomplete: false, warnings: [], warningCount: 0 },
      totals: { entries: 1, files: 1, directories: 0, symlinks: 0, hardlinks: 0, sourceBytes: bytes.length },
      capture: { dumps: [{ object: "dump.txt.zst", bytes: bytes.length }] },
    };
  },
  inspect: async () => [],
};

const restorer = ({ canRevert = true } = {}): DumpRestorer => ({
  ...{ service: "db", stopForRestore: [], hasDatabases: false, isAtomic: true },
  look: async () => ["it"],
  async restore({ dumps, onProgress }) {
    const old = content;
    const chunks = await Array.fromAsync(dumps[0]?.read(signal) ?? []);
    content = Buffer.concat(chunks).toString();
    done.push("restore");
    onProgress?.(content.length);
    return {
      ...{ warnings: [], kept: "the old one" },
      accept: async () => void done.push("accept"),
      revert: canRevert
        ? async () => {
            done.push("revert");
            content = old;
          }
        : undefined,
    };
  },
});

beforeEach(() => {
  shop = appWorkshop();
  content = "first";
  done = [];
  shop.engine.beforeChange = (change) => void done.push(change);
  shop.engine.addService({ service: "db" });
  shop.engine.addService({ service: "app", dependsOn: ["db"] });
});

const backUp = () =>
  backupJob(shop.context, { job, source, stores: shop.stores, trigger: "command", signal });

async function restore(
  of: Partial<DumpRestoreRequest> = {},
  choice: { newest: true } | { id: string } = { newest: true },
) {
  const { catalog, stack } = shop.context;
  const located = await locatePoint({ catalog, stack, stores: shop.stores, job: job.name, choice, signal });
  return runDumpRestore(shop.context, {
    ...{ job, source, restorer: restorer(), stores: shop.stores, copies: located.copies, signal },
    ...{ database: undefined, service: undefined, stops: ["app"], safety: true, keepOld: false },
    ...{ rollsBack: true, failureAfter: async () => undefined, ...of },
  });
}

describe("a restore of dumps to their server", () => {
  it("stops who uses it, and gives up what was there before once they work again", async () => {
    await backUp();
    content = "broken";
    const { report, error } = await restore();
    expect(error).toBeUndefined();
    expect(content).toBe("first");
    expect(done).toEqual(["stop stack-app-1", "restore", "start stack-app-1", "accept"]);
    expect(report).toMatchObject({ outcome: "succeeded", kept: undefined, sourceBytes: 5 });
  });

  it("keeps what was there before as a point, which is restored by its id only", async () => {
    await backUp();
    content = "broken";
    const { report } = await restore();
    content = "something";
    await restore({ safety: false });
    expect(content).toBe("first");
    await restore({ safety: false }, { id: report?.safetyPoint ?? "" });
    expect(content).toBe("broken");
  });

  it("changes nothing when that cannot be kept", async () => {
    await backUp();
    content = "broken";
    const failing: Source = { ...source, capture: () => Promise.reject(new Error("it is too broken")) };
    const { error } = await restore({ source: failing });
    expect(error?.message).toBe(
      "Keeping a dump of what job data is about to replace failed: it is too broken; nothing was changed: see to that, or restore without it by --no-safety.",
    );
    expect([content, ...done]).toEqual(["broken", "stop stack-app-1", "start stack-app-1"]);
  });

  it("puts it back where services do not work with what was restored", async () => {
    await backUp();
    content = "broken";
    const { error } = await restore({ failureAfter: async () => "app was exited" });
    expect(error?.message).toBe(
      "Checking the services after the restore of job data failed: app was exited; what was there before the restore is in use again.",
    );
    expect(content).toBe("broken");
    expect(done.slice(2)).toEqual(["start stack-app-1", "stop stack-app-1", "revert", "start stack-app-1"]);
  });

  it.each([
    ["is not wanted", { rollsBack: false }],
    ["cannot be", { restorer: restorer({ canRevert: false }) }],
  ])("leaves what was restored where that %s, and says where the old is", async (_, of) => {
    await backUp();
    const { error } = await restore({ ...of, failureAfter: async () => "app was exited" });
    expect(error?.message).toMatch(/what was restored stays; what was there before is in point \S+\.$/);
    expect(done).not.toContain("revert");
  });

  it("keeps the old beside it when asked to", async () => {
    await backUp();
    const { report } = await restore({ keepOld: true });
    expect(report?.kept).toBe("the old one");
    expect(done).not.toContain("accept");
  });

  describe("by a server that takes it piece by piece", () => {
    /** Has a half of it when it fails. */
    const pieces = (isBroken: () => boolean): DumpRestorer => ({
      ...restorer({ canRevert: false }),
      isAtomic: false,
      async restore(request) {
        if (!isBroken()) return restorer({ canRevert: false }).restore(request);
        content = "half";
        throw new HoldfastError("source", { what: "Restoring", why: "the disk is full" });
      },
    });

    it("puts back what was there before when it fails", async () => {
      await backUp();
      content = "broken";
      let attempts = 0;
      const { error } = await restore({ restorer: pieces(() => (attempts += 1) === 1) });
      expect(error?.message).toBe(
        "Restoring job data failed: the disk is full; what was there before the restore was put back.",
      );
      expect(content).toBe("broken");
    });

    it("puts it back where services do not work with what was restored", async () => {
      await backUp();
      content = "broken";
      const { error } = await restore({
        ...{ restorer: pieces(() => false), failureAfter: async () => "app was exited" },
      });
      expect(error?.message).toContain("what was there before the restore is in use again");
      expect(content).toBe("broken");
    });

    it("says that it may be half where nothing can be put back", async () => {
      await backUp();
      const { error } = await restore({ restorer: pieces(() => true), safety: false });
      expect(error?.message).toBe(
        "Restoring job data failed: the disk is full; the server may hold a part of what was restored: restore it again.",
      );
      const second = await restore({ restorer: pieces(() => true) });
      expect(second.error?.message).toMatch(
        /restore it again, or what was there before, which is in point \S+ \(putting that back failed, too: .*the disk is full\)\.$/,
      );
    });
  });

  it("takes another store's copy where the first one is damaged", async () => {
    shop = appWorkshop(["local", "other"]);
    shop.engine.addService({ service: "app", dependsOn: ["db"] });
    await backUp();
    content = "broken";
    let attempts = 0;
    const damagedOnce: DumpRestorer = {
      ...restorer(),
      async restore(request) {
        attempts += 1;
        if (attempts === 1)
          throw new HoldfastError("damaged", { what: "Reading dump.txt", why: "a bit is turned" });
        return restorer().restore(request);
      },
    };
    const { report, error } = await restore({ restorer: damagedOnce });
    expect(error).toBeUndefined();
    expect(content).toBe("first");
    expect(report).toMatchObject({
      outcome: "partial",
      reason: expect.stringContaining("a bit is turned") as unknown,
    });
  });

  it("lets services run again when the server does not take it", async () => {
    await backUp();
    const failing = { ...restorer(), restore: () => Promise.reject(new Error("no")) };
    const { error } = await restore({ restorer: failing });
    expect(error?.message).toBe("no");
    expect(done).toEqual(["stop stack-app-1", "start stack-app-1"]);
  });

  it("is about the services that depend on it", async () => {
    shop.engine.addService({ service: "other" });
    shop.engine.own = shop.engine.addService({ service: "backup", dependsOn: ["db"] });
    const about = { runtime: shop.engine, project: "stack" };
    expect(await dependentsOf("db", about, signal)).toEqual(["app"]);
  });
});
