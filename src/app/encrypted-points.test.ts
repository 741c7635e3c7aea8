/** Points that are encrypted: what their stores can be asked without the key, and what with it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { appWorkshop, STACK, testJob } from "../../test/fakes/app-workshop.ts";
import { bodyOf, bytesOf, keysOf, textOf } from "../../test/contract/bytes.ts";
import { ageKeyPair, type KeyPair, noKeys } from "../../test/fakes/keys.ts";
import { ScriptedSource } from "../../test/fakes/scripted-source.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { DAY, MINUTE } from "../domain/instant.ts";
import { FileKeyring } from "../encryption/keyring.ts";
import type { Store } from "../ports/store.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";
import { openIndexCache } from "../state/index-cache.ts";
import type { AppContext } from "./app-context.ts";
import { backupJob } from "./backup-job.ts";
import { runRestore } from "./run-restore.ts";
import { runSample } from "./run-sample.ts";
import { runVerify } from "./run-verify.ts";

const { signal } = new AbortController();
const weekly = {
  expression: "weekly",
  timezone: "UTC",
  next: (after: number) => after + DAY,
  previous: () => undefined,
};

async function setUp() {
  const shop = appWorkshop();
  const { stores, store, clock } = shop;
  const pair = await ageKeyPair();
  const root = temporaryDirectory();
  mkdirSync(join(root, "hidden directory"));
  writeFileSync(join(root, "hidden directory/hidden file"), "hidden content");
  writeFileSync(join(root, "big"), Buffer.alloc(300_000, "0123456789abcdef!"));
  const state = temporaryDirectory();
  const context: AppContext = {
    ...shop.context,
    encryption: pair.encryption,
    indexes: openIndexCache(state),
  };
  const job = testJob({ full: weekly, sourceKind: "volume" });
  const source = createVolumeSource({ kind: "volume", path: root, exclude: ["*.hidden-glob"] });
  const backUp = async (): Promise<string> => {
    const { report, error } = await backupJob(context, { job, source, stores, trigger: "command", signal });
    await clock.advance(MINUTE);
    if (report === undefined) throw error ?? new Error("no report");
    return report.record.id;
  };
  const verify = (keys: FileKeyring = noKeys) =>
    runVerify(
      { ...context, keys },
      { job: "data", trigger: "command", stores, select: (all) => all, signal },
    );
  const restore = async (keys: FileKeyring = noKeys) => {
    const target = join(temporaryDirectory(), "out");
    const rules = { target, onExisting: "refuse" as const, protectedPlaces: [] };
    const { error } = await runRestore(
      { ...context, keys },
      { job: "data", choice: { newest: true }, check: undefined, stores, ...rules, signal },
    );
    if (error !== undefined) throw error;
    return (name: string) => readFileSync(join(target, name), "utf8");
  };
  const recordOf = async (id: string) => (await listed()).find((point) => point.id === id)?.record;
  const listed = async () => (await context.catalog.listPoints(store, { stack: STACK })).points;
  return { ...shop, context, pair, root, state, job, source, backUp, verify, restore, listed, recordOf };
}

/** All that stands in the store and is not encrypted. */
async function readableIn(store: Store): Promise<string> {
  const readable = (await keysOf(store)).filter((key) => !key.endsWith(".age"));
  return (await Promise.all(readable.map((key) => textOf(store.get(key))))).join("\n");
}

async function flip(store: Store, name: string, at: number): Promise<void> {
  const key = (await keysOf(store)).find((stored) => stored.endsWith(name)) ?? "";
  const bytes = await bytesOf(store.get(key));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await store.put(key, bodyOf(bytes), { replace: true });
}

describe("an encrypted point", () => {
  it("has no object that is not encrypted but its commit record, which names nothing that is in it", async () => {
    const { store, context, job, stores } = await setUp();
    const warnings = [
      { path: "hidden one", problem: "grew" as const, message: "hidden one grew" },
      { path: "hidden two", problem: "grew" as const, message: "hidden two grew" },
      { path: "hidden three", problem: "vanished" as const, message: "hidden three vanished" },
    ];
    const capture = {
      path: "/source/data",
      exclude: ["hidden/*"],
      databases: [{ path: "hidden.duckdb" }],
      sockets: 2,
    };
    const source = new ScriptedSource({
      objects: { "archive.tar.zst": [Buffer.from("hidden")], "files.jsonl.zst": [Buffer.from("hidden")] },
      ...{ warnings, capture },
    });
    const { report } = await backupJob(context, { job, source, stores, trigger: "command", signal });
    expect((await keysOf(store)).map((key) => key.split("/").at(-1))).toEqual([
      "archive.tar.zst.age",
      "details.json.age",
      "files.jsonl.zst.age",
      "recovery-point.json",
    ]);
    const readable = await readableIn(store);
    expect(readable).not.toContain("hidden");
    expect(JSON.parse(readable)).toMatchObject({
      capture: { path: "/source/data", sockets: 2, leavesOut: ["exclude"] },
      warnings: [
        {
          path: "(encrypted)",
          problem: "grew",
          message: "2 warnings of the kind `grew`: what each says is encrypted.",
        },
        { path: "(encrypted)", problem: "vanished" },
      ],
      warningCount: 3,
    });
    // Whoever made it is told all.
    expect(report?.record).toMatchObject({ capture, warnings });
  });

  it("is verified without the key by the digests of what is stored, and with it to the last file", async () => {
    const { backUp, verify, pair } = await setUp();
    await backUp();
    const without = await verify();
    expect(without.run.outcome).toBe("succeeded");
    expect(without.report?.points).toMatchObject([{ problems: [], isContentRead: false }]);
    const withKey = await verify(pair.keys);
    expect(withKey.report?.points).toMatchObject([{ problems: [], isContentRead: true }]);
    expect(withKey.report?.points[0]?.bytes).toBe(without.report?.points[0]?.bytes);
    const stranger = await ageKeyPair();
    expect((await verify(stranger.keys)).report?.points).toMatchObject([
      { problems: [], isContentRead: false },
    ]);
  });

  it.each(["archive.tar.zst.age", "files.jsonl.zst.age", "details.json.age"])(
    "is found damaged by one bit of %s, with and without the key, and its proof names no file",
    async (name) => {
      const { backUp, verify, pair, store } = await setUp();
      await backUp();
      for (const at of [3, 260]) {
        await flip(store, name, at);
        const { report, run } = await verify();
        expect(run.outcome).toBe("failed");
        expect(report?.points[0]?.problems[0]).toContain(`${name} does not match its digest`);
        const withKey = await verify(pair.keys);
        expect(withKey.report?.points[0]?.problems.join()).toContain(`${name} does not match its digest`);
        await flip(store, name, at);
      }
      expect(await readableIn(store)).not.toContain("hidden");
    },
  );

  it("is restored with the key alone, and says in one sentence that there is none or that it is another", async () => {
    const { backUp, restore, pair } = await setUp();
    await backUp();
    expect((await restore(pair.keys))("hidden directory/hidden file")).toBe("hidden content");
    await expect(restore()).rejects.toThrow(
      `it is encrypted to ${pair.recipient}, and no identity is given; give the identity with --identity FILE`,
    );
    const stranger = await ageKeyPair();
    await expect(restore(stranger.keys)).rejects.toThrow(
      `it is encrypted to ${pair.recipient}, and ${stranger.file} holds the identity of none of them`,
    );
  });

  it("is sampled without the key", async () => {
    const { backUp, context, stores, store } = await setUp();
    await backUp();
    const request = { job: "data", stores, share: 0.01, trigger: "command" as const, signal };
    expect((await runSample(context, request)).report?.points).toMatchObject([{ problems: [] }]);
    await flip(store, "archive.tar.zst.age", 300);
    expect((await runSample(context, { ...request, share: 1 })).report?.points[0]?.problems[0]).toContain(
      "archive.tar.zst.age",
    );
  });
});

describe("incremental points that are encrypted", () => {
  it("are built without the key on the index that is kept in the state, which is a full with its reason without that", async () => {
    const { backUp, restore, pair, root, state, recordOf } = await setUp();
    const first = await backUp();
    writeFileSync(join(root, "new"), "new");
    expect(await recordOf(await backUp())).toMatchObject({ kind: "incremental", needs: [first] });
    expect((await restore(pair.keys))("new")).toBe("new");
    rmSync(join(state, "indexes"), { recursive: true });
    const third = await recordOf(await backUp());
    expect(third).toMatchObject({ kind: "full", needs: [] });
    expect(third?.capture["fullBecause"]).toContain("no identity is given");
  });

  it("fetch the index where the key is at hand", async () => {
    const { backUp, pair, state, recordOf, context } = await setUp();
    const first = await backUp();
    rmSync(join(state, "indexes"), { recursive: true });
    context.keys = pair.keys;
    expect(await recordOf(await backUp())).toMatchObject({ needs: [first] });
  });

  it("are restored by the keys of all recipients there were, each of which can change at any time", async () => {
    const { backUp, restore, verify, pair, root, context, recordOf } = await setUp();
    const first = await backUp();
    const next: KeyPair = await ageKeyPair();
    context.encryption = next.encryption;
    writeFileSync(join(root, "new"), "new");
    expect(await recordOf(await backUp())).toMatchObject({
      needs: [first],
      encryption: { recipients: [next.recipient] },
    });
    const both = new FileKeyring({ identityFiles: [next.file, pair.file] });
    expect((await restore(both))("hidden directory/hidden file")).toBe("hidden content");
    await expect(restore(next.keys)).rejects.toThrow(`it is encrypted to ${pair.recipient}`);
    for (const keys of [both, next.keys, pair.keys, noKeys])
      expect((await verify(keys)).run.outcome).toBe("succeeded");
  });

  it("begin with a full when the points before them are not encrypted, and may be off for a job", async () => {
    const { backUp, context, pair, recordOf, job } = await setUp();
    context.encryption = undefined;
    await backUp();
    context.encryption = pair.encryption;
    const second = await recordOf(await backUp());
    expect(second).toMatchObject({
      kind: "full",
      capture: { fullBecause: "the points before it are not encrypted" },
    });
    job.encryption = "off";
    expect(await recordOf(await backUp())).toMatchObject({ encryption: null });
  });
});
