/** Points that are dumps, through the use cases that read points. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { ageKeyPair, type KeyPair } from "../../test/fakes/keys.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { FrameWriter } from "../archive/frame-writer.ts";
import type { CommitRecord } from "../domain/recovery-point.ts";
import type { Source } from "../ports/source.ts";
import { backupJob } from "./backup-job.ts";
import { runRestore } from "./run-restore.ts";
import { runVerify } from "./run-verify.ts";

const { signal } = new AbortController();
const job = testJob({ sourceKind: "words" });

/** Two dumps: `billing` and `payroll`, of a megabyte each. */
const source: Source = {
  kind: "words",
  async capture(request) {
    for (const name of ["dump.1.txt", "dump.2.txt"]) {
      const frames = new FrameWriter(request.openObject(`${name}.zst`));
      for (const half of [0, 1]) await frames.add(Buffer.alloc(500_000, `${name} ${half} `));
      await frames.finish();
    }
    const dumps = [
      { object: "dump.1.txt.zst", bytes: 1_000_000, database: "billing", objects: 3 },
      { object: "dump.2.txt.zst", bytes: 1_000_000, database: "payroll", objects: 4 },
    ];
    return {
      ...{ kind: "full", needs: [], incomplete: false, warnings: [], warningCount: 0 },
      totals: { entries: 7, files: 2, directories: 0, symlinks: 0, hardlinks: 0, sourceBytes: 2_000_000 },
      capture: { dumps },
    };
  },
  inspect: async () => [],
};

let shop: ReturnType<typeof appWorkshop>;
let pair: KeyPair;

beforeEach(async () => {
  shop = appWorkshop();
  pair = await ageKeyPair();
});

async function backUp(of = job, from = source): Promise<CommitRecord> {
  const { report, error } = await backupJob(shop.context, {
    ...{ job: of, source: from, stores: shop.stores, trigger: "command", signal },
  });
  if (report === undefined) throw error ?? new Error("no report");
  return report.record;
}

const encrypt = (): void => {
  shop.context = { ...shop.context, encryption: pair.encryption, keys: pair.keys };
};

const verify = async () => {
  const { report } = await runVerify(shop.context, {
    ...{ job: job.name, trigger: "command", stores: shop.stores, select: (points) => points, signal },
  });
  return report?.points.map(({ problems }) => problems);
};

const restore = (target: string, of: { paths?: string[]; onExisting?: "replace" } = {}) =>
  runRestore(shop.context, {
    ...{
      job: job.name,
      choice: { newest: true },
      stores: shop.stores,
      target,
      protectedPlaces: [],
      check: undefined,
    },
    ...{ onExisting: "refuse", signal, ...of },
  });

describe.each([
  ["in the clear", () => undefined],
  ["encrypted", () => encrypt()],
])("a point of dumps, %s,", (_, prepare) => {
  beforeEach(prepare);

  it("is verified, and damage in any of its objects is found", async () => {
    const { id, objects } = await backUp();
    expect(await verify()).toEqual([[]]);
    const [, second] = objects.filter(({ name }) => name.startsWith("dump"));
    const key = `${STACK}/${job.name}/${id}/${second?.name ?? ""}`;
    shop.store.inject(
      "get",
      { kind: "flip-byte", at: Math.floor((second?.size ?? 0) / 3) },
      { key: new RegExp(key), times: 100 },
    );
    const [problems] = (await verify()) ?? [];
    expect(problems?.join(" ")).toContain(key);
  });

  it("is restored as files, with nothing half there", async () => {
    await backUp();
    const target = join(temporaryDirectory(), "restored");
    const { report, error } = await restore(target);
    expect(error).toBeUndefined();
    expect(report).toMatchObject({ outcome: "succeeded", files: 2, bytes: 2_000_000 });
    expect(readdirSync(target).sort()).toEqual(["dump.1.txt", "dump.2.txt"]);
    const text = readFileSync(join(target, "dump.2.txt"), "utf8");
    expect([text.length, text.slice(0, 13), text.slice(500_000, 500_013)]).toEqual([
      1_000_000,
      "dump.2.txt 0 ",
      "dump.2.txt 1 ",
    ]);
  });

  it("is not restored where it is damaged, and what was there stays", async () => {
    const { objects } = await backUp();
    const target = join(temporaryDirectory(), "there");
    mkdirSync(target);
    writeFileSync(join(target, "mine"), "mine");
    const second = objects.find(({ name }) => name.startsWith("dump.2"));
    const fault = { kind: "flip-byte", at: Math.floor((second?.size ?? 0) / 3) } as const;
    shop.store.inject("get", fault, { key: /dump\.2/, times: 100 });
    const { error } = await restore(target, { onExisting: "replace" });
    expect(error).toMatchObject({ code: "damaged" });
    expect(readdirSync(target)).toEqual(["mine"]);
    expect(readdirSync(join(target, ".."))).toEqual(["there"]);
  });

  it("has no files to choose from", async () => {
    const { id } = await backUp();
    const { error } = await restore(join(temporaryDirectory(), "x"), { paths: ["dump.1.txt"] });
    expect(error?.message).toBe(
      `Restoring a part of recovery point ${id} failed: it holds a dump (words) and no files; see what is in it with \`holdfast show ${id}\`, and restore it with \`holdfast restore ${job.name} --point ${id} --to DIRECTORY\`.`,
    );
  });
});

describe("an encrypted point of dumps", () => {
  it("is compared with what was written where its key is not here", async () => {
    const { keys } = shop.context;
    encrypt();
    await backUp();
    shop.context = { ...shop.context, keys };
    expect(await verify()).toEqual([[]]);
  });

  it("tells no name of a database", async () => {
    encrypt();
    const { id } = await backUp();
    const chunks = await Array.fromAsync(shop.store.get(`${STACK}/${job.name}/${id}/recovery-point.json`));
    const text = Buffer.concat(chunks).toString();
    expect(JSON.parse(text)).toMatchObject({ totals: { entries: 7 } });
    expect(text).not.toMatch(/billing|payroll/);
  });
});
