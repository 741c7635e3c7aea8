/** What is found out about a wrong object before any of its content is used. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { appWorkshop, STACK } from "../../test/fakes/app-workshop.ts";
import {
  craftPoint,
  craftTwins,
  filesOf,
  noise,
  overwrite,
  storePoint,
} from "../../test/fakes/crafted-point.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../domain/recovery-point.ts";
import { locatePoint } from "./locate-point.ts";
import { runRestore } from "./run-restore.ts";

const signal = new AbortController().signal;

async function setUp() {
  const shop = appWorkshop();
  const twins = await craftTwins();
  for (const point of [twins.older, twins.newer]) await storePoint(shop.store, point);
  const put = (name: string, bytes: Uint8Array) => overwrite(shop.store, twins.newer.prefix + name, bytes);
  const restore = async () => {
    const target = join(temporaryDirectory(), "restored");
    const places = { target, onExisting: "refuse" as const, protectedPlaces: [], check: undefined };
    const choice = { id: twins.newer.record.id };
    const { run } = await runRestore(shop.context, {
      ...{ job: "data", choice, stores: shop.stores, signal },
      ...places,
    });
    expect(existsSync(target)).toBe(run.outcome !== "failed");
    return run.reason ?? run.outcome;
  };
  return { ...shop, ...twins, put, restore };
}

describe("a restore is refused, naming what is wrong with the object", () => {
  it("but not when nothing is", async () => {
    const { restore } = await setUp();
    expect(await restore()).not.toContain("failed:");
  });

  it.each([ARCHIVE_OBJECT, INDEX_OBJECT])("when %s is that of another point", async (name) => {
    const { restore, put, older } = await setUp();
    await put(name, older.objects.get(name)!);
    expect(await restore()).toContain(
      `it is ${name} of recovery point ${older.record.id}: objects were swapped`,
    );
  });

  it.each([ARCHIVE_OBJECT, INDEX_OBJECT])("when %s is whole but an older version", async (name) => {
    const { restore, put, newer } = await setUp();
    const size = newer.objects.get(name)!.length;
    for (let attempt = 0; ; attempt++) {
      const other = await craftPoint({ start: "2026-11-20T03:00:00Z", files: filesOf(`earlier ${attempt}`) });
      const bytes = other.objects.get(name)!;
      if (bytes.length !== size) continue;
      await put(name, bytes);
      break;
    }
    expect(await restore()).toContain("it is another version of the object");
  });

  it("when an object was cut or grew", async () => {
    const { restore, put, newer } = await setUp();
    const archive = newer.objects.get(ARCHIVE_OBJECT)!;
    await put(ARCHIVE_OBJECT, archive.subarray(0, -100));
    expect(await restore()).toContain("it was cut");
    await put(ARCHIVE_OBJECT, Buffer.concat([archive, archive]));
    expect(await restore()).toContain("it was written to again");
  });
});

describe("asking for a point that cannot be used", () => {
  it("names what is wrong with it", async () => {
    const { context, stores, put, newer } = await setUp();
    await put(INDEX_OBJECT, noise("cut", 10));
    const request = { catalog: context.catalog, stores, stack: STACK, signal };
    await expect(locatePoint({ ...request, choice: { id: newer.record.id } })).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringContaining(`${INDEX_OBJECT} has 10 bytes instead of`) as string,
    });
  });
});
