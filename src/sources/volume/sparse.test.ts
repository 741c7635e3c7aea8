import * as fs from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { captureVolume, describeTree, readersOf, restoreHere } from "../../../test/fakes/captured-volume.ts";
import { PointChain } from "../../../test/fakes/point-chain.ts";
import { temporaryDirectory } from "../../../test/fakes/temporary-directory.ts";
import { readIndex } from "../../archive/read-index.ts";
import { verifyArchive } from "../../archive/verify-archive.ts";

const MIB = 1024 ** 2;

/** A file of that size with content at some places and holes elsewhere. */
function writeSparse(path: string, size: number, contents: readonly { at: number; bytes: Buffer }[]): void {
  const fd = fs.openSync(path, "w");
  fs.ftruncateSync(fd, size);
  for (const { at, bytes } of contents) fs.writeSync(fd, bytes.subarray(0, size - at), 0, null, at);
  fs.closeSync(fd);
}

const layouts = fc.record({
  size: fc.integer({ min: 1, max: 20 * MIB }),
  contents: fc.array(
    fc.record({
      at: fc.nat(20 * MIB - 1),
      length: fc.integer({ min: 1, max: 300_000 }),
      zeros: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
});

describe("a sparse file", () => {
  it("comes back with the same bytes wherever its holes are", async () => {
    await fc.assert(
      fc.asyncProperty(layouts, async ({ size, contents }) => {
        const work = temporaryDirectory();
        fs.mkdirSync(join(work, "root"));
        const places = contents
          .filter(({ at }) => at < size)
          .map(({ at, length, zeros }) => ({ at, bytes: Buffer.alloc(length, zeros ? 0 : 7) }));
        writeSparse(join(work, "root/file"), size, places);

        const captured = await captureVolume(join(work, "root"));
        expect(captured.summary.warnings).toEqual([]);
        expect(captured.summary.totals.sourceBytes).toBe(size);
        const { index, archive } = readersOf(captured);
        expect(await Array.fromAsync(verifyArchive({ index, archive: archive() }))).toEqual([]);
        await restoreHere({ index, archive, target: join(work, "out"), onExisting: "refuse" });
        execFileSync("cmp", [join(work, "root/file"), join(work, "out/file")]);
      }),
      { numRuns: 15 },
    );
  });

  it("of a few bytes is stored, named and restored as little", async () => {
    const work = temporaryDirectory();
    fs.mkdirSync(join(work, "root"));
    writeSparse(join(work, "root/disk.img"), 64 * MIB, [{ at: 40 * MIB, bytes: Buffer.from("content") }]);
    const captured = await captureVolume(join(work, "root"));
    expect(captured.archive.length).toBeLessThan(64 * 1024);
    const { index, archive } = readersOf(captured);
    const [, entry] = await Array.fromAsync(readIndex(index));
    expect(entry?.size).toBe(64 * MIB);
    expect(entry?.data?.holes).toBeGreaterThan(63 * MIB);
    await restoreHere({ index, archive, target: join(work, "out"), onExisting: "refuse" });
    const { size, blocks } = fs.statSync(join(work, "out/disk.img"));
    expect(size).toBe(64 * MIB);
    expect(blocks * 512).toBeLessThan(MIB);
  });

  it("that is unchanged, touched or moved is recognised, and its holes stay known", async () => {
    const root = temporaryDirectory();
    const write = (name: string): void =>
      writeSparse(join(root, name), MIB, [{ at: 600_000, bytes: Buffer.from(name) }]);
    for (const name of ["kept", "old-name", "touched"]) write(name);
    const chain = new PointChain(root, temporaryDirectory());
    const first = await chain.capture();
    fs.renameSync(join(root, "old-name"), join(root, "new-name"));
    fs.utimesSync(join(root, "touched"), 5, 5);
    const second = await chain.capture({ recheck: 1 });
    const entries = await chain.entries(second);
    for (const name of ["kept", "new-name", "touched"]) {
      expect(entries.get(name)?.data).toMatchObject({ point: first.id });
      expect(entries.get(name)?.data?.holes).toBeGreaterThan(MIB / 2);
    }
    const target = join(temporaryDirectory(), "restored");
    await chain.restore(second, target);
    expect(describeTree(target)).toEqual(describeTree(root));
  });
});
