/** What a restore finds out about the points that hold its bytes before it writes anything. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { appWorkshop } from "../../test/fakes/app-workshop.ts";
import {
  craftPoint,
  filesOf,
  noise,
  overwrite,
  storePoint,
  type CraftedFile,
  type CraftedPoint,
} from "../../test/fakes/crafted-point.ts";
import { noKeys } from "../../test/fakes/keys.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { ARCHIVE_OBJECT, COMMIT_RECORD, INDEX_OBJECT } from "../domain/recovery-point.ts";
import type { PointChoice } from "./find-point.ts";
import { openChain } from "./open-chain.ts";
import { runRestore } from "./run-restore.ts";

const signal = new AbortController().signal;

/** A full with a, b and c; an incremental with its own b; a later one that takes a from the full and b from the middle. */
async function setUp(storeNames = ["local"]) {
  const shop = appWorkshop(storeNames);
  const [a, b, c] = filesOf("full") as [CraftedFile, CraftedFile, CraftedFile];
  const full = await craftPoint({ start: "2026-11-18T03:00:00Z", files: [a, b, c] });
  const held = (file: CraftedFile, { record, offsets }: CraftedPoint) => ({
    ...file,
    heldBy: { point: record.id, offset: offsets.get(file.path) ?? 0 },
  });
  const newB = { path: "b", content: noise("new b", 1500) };
  const middle = await craftPoint({
    start: "2026-11-19T03:00:00Z",
    files: [held(a, full), newB, held(c, full)],
  });
  const files = [held(a, full), held(newB, middle), { path: "d", content: noise("d", 100) }];
  const last = await craftPoint({ start: "2026-11-20T03:00:00Z", files });
  for (const store of shop.stores) for (const point of [full, middle, last]) await storePoint(store, point);
  const put = (point: CraftedPoint, name: string, bytes: Uint8Array) =>
    overwrite(shop.store, point.prefix + name, bytes);
  const restore = async (choice: PointChoice = { newest: true }, paths?: string[]) => {
    const target = join(temporaryDirectory(), "restored");
    const { run } = await runRestore(shop.context, {
      ...{ job: "data", choice, paths, stores: shop.stores, target, signal },
      ...{ onExisting: "refuse" as const, protectedPlaces: [], check: undefined },
    });
    expect(existsSync(target)).toBe(run.outcome !== "failed");
    return `${run.outcome}: ${run.reason}`;
  };
  const open = (paths?: string[]) =>
    openChain({
      keys: noKeys,
      ...{ store: shop.store, record: last.record, paths, signal },
      siblings: [full, middle].map(({ record }) => record),
    });
  return { ...shop, full, middle, last, put, restore, open };
}

/** Damage of the middle that no listing shows, and what is said of it. */
const DAMAGES: [string, string, (points: { full: CraftedPoint; middle: CraftedPoint }) => Buffer][] = [
  ["has lost its seek table", "does not end in a seek table", ({ middle }) => zeroed(middle, -20)],
  ["has another seek table", "its seek table is not the one", ({ middle }) => zeroed(middle, -12)],
  ["was exchanged for another point's", "objects were swapped", ({ full, middle }) => resized(full, middle)],
];

function zeroed({ objects }: CraftedPoint, from: number): Buffer {
  const bytes = Buffer.from(objects.get(ARCHIVE_OBJECT) ?? []);
  return bytes.fill(0x55, bytes.length + from, from === -12 ? bytes.length - 10 : undefined);
}

/** The full's archive with the middle's size: its end is what counts. */
function resized(full: CraftedPoint, middle: CraftedPoint): Buffer {
  const size = middle.objects.get(ARCHIVE_OBJECT)?.length ?? 0;
  return Buffer.from((full.objects.get(ARCHIVE_OBJECT) ?? Buffer.alloc(0)).subarray(-size));
}

describe("a restore of a chain", () => {
  it("that is whole is done, reading no more than the ends of the archives first", async () => {
    const { restore, open, store } = await setUp();
    const before = store.callsOf("get").length;
    await open();
    const gets = store.callsOf("get").slice(before);
    expect(gets.filter((key) => key.endsWith(ARCHIVE_OBJECT))).toHaveLength(6);
    expect(await restore()).not.toMatch(/^failed/);
  });

  it.each(DAMAGES)("whose middle point %s fails before anything is written", async (_, says, damage) => {
    const { restore, put, full, middle, last } = await setUp();
    await put(middle, ARCHIVE_OBJECT, damage({ full, middle }));
    const reason = await restore();
    expect(reason).toContain(
      `Restoring recovery point ${last.record.id} failed: it needs recovery point ${middle.record.id}`,
    );
    expect(reason).toContain(says);
    expect(reason).toContain(`restore --point ${full.record.id}, the newest before it`);
    expect(await restore({ id: full.record.id })).not.toMatch(/^failed/);
  });

  it.each([
    ["cut", (bytes: Buffer) => bytes.subarray(0, -1), "has"],
    ["longer", (bytes: Buffer) => Buffer.concat([bytes, bytes]), "was written to again"],
  ])("whose middle archive is %s names it, and the point to take instead", async (_, change, says) => {
    const { restore, put, middle, last, full } = await setUp();
    await put(middle, ARCHIVE_OBJECT, change(middle.objects.get(ARCHIVE_OBJECT) ?? Buffer.alloc(0)));
    for (const choice of [
      { newest: true } as const,
      { id: last.record.id },
      { id: last.record.id.slice(0, 10) },
    ]) {
      const reason = await restore(choice);
      expect(reason).toContain(`Finding recovery point ${last.record.id} failed`);
      expect(reason).toContain(middle.record.id);
      expect(reason).toContain(`restore --point ${full.record.id} instead`);
    }
    const asOf = await restore({ at: Date.parse("2026-11-19T12:00:00Z") });
    expect(asOf).toContain(`Finding recovery point ${middle.record.id} failed`);
    expect(asOf).toContain(says);
    expect(await restore({ at: Date.parse("2026-11-18T12:00:00Z") })).not.toMatch(/^failed/);
  });

  it.each([ARCHIVE_OBJECT, COMMIT_RECORD])(
    "names a middle point whose %s vanishes between listing and restore",
    async (name) => {
      const { open, store, middle } = await setUp();
      await store.delete(middle.prefix + name);
      await expect(open()).rejects.toMatchObject({
        code: "damaged",
        message: expect.stringMatching(
          `it needs recovery point ${middle.record.id}, but .*${name}.* is missing`,
        ) as string,
      });
    },
  );

  it("says so where no point at all can be restored", async () => {
    const { restore, store, full, last } = await setUp();
    await store.delete(full.prefix + ARCHIVE_OBJECT);
    expect(await restore()).toMatch(
      new RegExp(
        `Finding recovery point ${last.record.id} failed: .*which cannot be used; there is no other`,
      ),
    );
  });

  it("of some paths needs only the points that hold them", async () => {
    const { restore, put, middle, full } = await setUp();
    await put(middle, ARCHIVE_OBJECT, resized(full, middle));
    expect(await restore({ newest: true }, ["a", "d"])).not.toMatch(/^failed/);
    expect(await restore({ newest: true }, ["b"])).toContain(`it needs recovery point ${middle.record.id}`);
  });

  it("takes the next store's copy when a link is damaged, and says so", async () => {
    const { restore, put, middle, full } = await setUp(["local", "offsite"]);
    await put(middle, ARCHIVE_OBJECT, resized(full, middle));
    expect(await restore()).toContain(`it needs recovery point ${middle.record.id}`);
    await put(middle, ARCHIVE_OBJECT, middle.objects.get(ARCHIVE_OBJECT)?.subarray(9) ?? Buffer.alloc(0));
    expect(await restore()).toContain(middle.record.id);
  });

  it("is not refused for an index that it does not read", async () => {
    const { restore, put, middle } = await setUp();
    const index = Buffer.from(middle.objects.get(INDEX_OBJECT) ?? []);
    await put(middle, INDEX_OBJECT, index.fill(0));
    expect(await restore()).not.toMatch(/^failed/);
  });
});
