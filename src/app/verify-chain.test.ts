/** Incremental points: what a verify says of one whose bytes are, or should be, in another. */
import { describe, expect, it } from "vitest";
import { appWorkshop } from "../../test/fakes/app-workshop.ts";
import {
  craftPoint,
  filesOf,
  framesOf,
  noise,
  overwrite,
  storePoint,
  type CraftedFile,
} from "../../test/fakes/crafted-point.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT, type CatalogPoint } from "../domain/recovery-point.ts";
import { runVerify } from "./run-verify.ts";

const signal = new AbortController().signal;

/** A full with a, b and c; an incremental with its own b; a later one that takes from both. */
async function setUp(change: (files: CraftedFile[]) => CraftedFile[] = (files) => files) {
  const shop = appWorkshop();
  const [a, b, c] = filesOf("full") as [CraftedFile, CraftedFile, CraftedFile];
  const full = await craftPoint({ start: "2026-11-18T03:00:00Z", files: [a, b, c] });
  const held = (file: CraftedFile, holder = full) => ({
    ...file,
    heldBy: { point: holder.record.id, offset: holder.offsets.get(file.path)! },
  });
  const newB = { path: "b", content: noise("new b", 1500) };
  const middle = await craftPoint({ start: "2026-11-19T03:00:00Z", files: [held(a), newB, held(c)] });
  const files = change([held(a), held(newB, middle), { path: "d", content: noise("d", 100) }]);
  const last = await craftPoint({ start: "2026-11-20T03:00:00Z", files });
  const points = [full, middle, last];
  for (const point of points) await storePoint(shop.store, point);
  const verify = async (select = (all: readonly CatalogPoint[]) => all) => {
    const request = { job: "data", trigger: "command" as const, stores: shop.stores, select, signal };
    const { report } = await runVerify(shop.context, request);
    const told = new Map(report?.points.map(({ point, problems }) => [point, problems]));
    return { of: points.map(({ record }) => told.get(record.id)), problems: report?.problems };
  };
  return { ...shop, full, middle, last, verify };
}

describe("a verify of a chain", () => {
  it("finds nothing wrong with a whole one, and reads each object once", async () => {
    const { verify, store, full } = await setUp();
    expect(await verify()).toEqual({ of: [[], [], []], problems: [] });
    const reads = store.callsOf("get").filter((key) => key === full.prefix + ARCHIVE_OBJECT);
    expect(reads.length).toBeLessThanOrEqual(4);
  });

  it("of one point alone verifies also those that it needs", async () => {
    const { verify } = await setUp();
    expect((await verify((all) => all.slice(0, 1))).of).toEqual([[], [], []]);
    expect((await verify((all) => all.slice(1, 2))).of).toEqual([[], [], undefined]);
  });

  it("names the damaged link, and the files concerned, of every point that needs it", async () => {
    const { verify, store, full } = await setUp();
    const archive = Buffer.from(full.objects.get(ARCHIVE_OBJECT)!);
    const at = framesOf(archive).frames[0]!.length + 100;
    archive[at] = archive[at]! ^ 1;
    await overwrite(store, full.prefix + ARCHIVE_OBJECT, archive);
    const { of } = await verify();
    const [ofFull, ofMiddle, ofLast] = of;
    expect(ofFull?.[0]).toContain("were changed in place");
    for (const problems of [ofMiddle, ofLast]) {
      expect(problems).toEqual([
        expect.stringContaining(`It needs ${full.record.id}, whose archive is damaged: `),
      ]);
      expect(problems?.[0]).toContain("Files concerned: a.");
    }
  });

  it("leaves alone who takes nothing from what is damaged", async () => {
    const { verify, store, full } = await setUp();
    const archive = Buffer.from(full.objects.get(ARCHIVE_OBJECT)!);
    const { frames, table } = framesOf(archive);
    const at = archive.length - table.length - frames.at(-1)!.length - 100;
    archive[at] = archive[at]! ^ 1;
    await overwrite(store, full.prefix + ARCHIVE_OBJECT, archive);
    const [ofFull, ofMiddle, ofLast] = (await verify()).of;
    expect(ofFull?.at(-1)).toContain("c cannot be restored whole");
    expect(ofMiddle?.[0]).toContain("Files concerned: c.");
    expect(ofLast).toEqual([]);
  });

  it("names a link whose archive is gone, and one whose archive is another", async () => {
    const { verify, store, full, middle, last } = await setUp();
    await store.delete(full.prefix + ARCHIVE_OBJECT);
    const gone = await verify();
    expect(gone.of).toEqual([undefined, undefined, undefined]);
    expect(gone.problems?.join("\n")).toContain(`${full.prefix}${ARCHIVE_OBJECT} is missing`);
    expect(gone.problems?.join("\n")).toContain(`it needs recovery point ${full.record.id}`);
    for (const { record } of [middle, last]) expect(gone.problems?.join("\n")).toContain(record.id);
  });

  it("says that nothing is proven where the index of a needed point is damaged", async () => {
    const { verify, store, full } = await setUp();
    const index = Buffer.from(full.objects.get(INDEX_OBJECT)!);
    index[100] = index[100]! ^ 1;
    await overwrite(store, full.prefix + INDEX_OBJECT, index);
    expect((await verify()).of[2]?.[0]).toContain(`It needs ${full.record.id}, whose index is damaged`);
  });

  it.each([
    ["at another place", (file: CraftedFile) => ({ ...file, heldBy: { ...file.heldBy!, offset: 512 } })],
    ["of another content", (file: CraftedFile) => ({ ...file, content: noise("other", 1500) })],
    ["of another size", (file: CraftedFile) => ({ ...file, content: noise("full a", 1499) })],
  ])("finds bytes %s than those that the needed point holds", async (_, change) => {
    const { verify, full } = await setUp(([first, ...rest]) => [change(first!), ...rest]);
    const { of } = await verify();
    expect(of[0]).toEqual([]);
    expect(of[2]).toEqual([
      `a: the archive of ${full.record.id} does not hold its bytes at ${offsetIn(of[2]!)}`,
    ]);
  });
});

function offsetIn(problems: readonly string[]): string {
  return /at (\d+)$/.exec(problems[0] ?? "")?.[1] ?? "";
}
