import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framed } from "../../../test/fakes/memory-object.ts";
import { noise } from "../../../test/fakes/crafted-point.ts";
import { decodeSeekTable, FOOTER_BYTES, seekTableBytesFrom, type FrameSize } from "../seek-table.ts";
import { misplacedFrames } from "./frame-order.ts";
import { FrameWalk } from "./frame-walk.ts";

const FRAME_BYTES = 700;

async function object(): Promise<{ bytes: Buffer; table: FrameSize[]; starts: number[] }> {
  const text = Buffer.from("all the same ".repeat(100));
  const content = Buffer.concat([noise("a", 2000), text, noise("b", 1400), Buffer.alloc(900)]);
  const bytes = await framed(content, FRAME_BYTES);
  const table = decodeSeekTable(bytes.subarray(-seekTableBytesFrom(bytes.subarray(-FOOTER_BYTES))!))!;
  const starts = [0];
  for (const { compressed } of table) starts.push(starts.at(-1)! + compressed);
  return { bytes, table, starts };
}

/** In pieces of that many bytes. */
function walk(bytes: Buffer, piece = bytes.length) {
  const frames = new FrameWalk();
  for (let at = 0; at < bytes.length; at += piece) frames.update(bytes.subarray(at, at + piece));
  return frames.end();
}

describe("walking over frames", () => {
  it("finds those that the seek table names, whatever pieces they come in", async () => {
    const { bytes, table } = await object();
    for (const piece of [1, 2, 3, 7, 100, 1000, bytes.length])
      expect(walk(bytes, piece)).toEqual({ frames: table, isCut: false, isLost: false });
  });

  it("knows a cut at every byte, but between two frames", async () => {
    const { bytes, table, starts } = await object();
    for (let length = 0; length < bytes.length; length++) {
      const { isCut, isLost, frames } = walk(bytes.subarray(0, length));
      expect([isCut, isLost], `${length}`).toEqual([!starts.includes(length), false]);
      expect(frames).toEqual(table.slice(0, frames.length));
    }
  });

  it("ends on any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void walk(Buffer.from(bytes), 5)));
  });
});

describe("frames that stand in the wrong place", () => {
  it("are told apart: exchanged, there twice, left out", async () => {
    const { bytes, table, starts } = await object();
    const part = (number: number) => bytes.subarray(starts[number], starts[number + 1]);
    const all = table.map((_, number) => part(number));
    const told = (parts: Buffer[]) => misplacedFrames(table, walk(Buffer.concat(parts)).frames);
    const count = table.length;

    expect(told(all)).toBeUndefined();
    expect(told(all.with(1, part(3)).with(3, part(1)))).toBe(`its frames 2 and 4 of ${count} were exchanged`);
    expect(told(all.toReversed())).toContain("frames stand in another order");
    expect(told(all.with(1, part(0)))).toBe(`its frame 1 of ${count} also stands where frame 2 belongs`);
    expect(told(all.toSpliced(2, 0, part(1)))).toBe(`its frame 2 of ${count} stands there twice`);
    expect(told([...all, part(0)])).toBe(`its frame 1 of ${count} stands there twice`);
    expect(told(all.toSpliced(2, 1))).toBe(`its frame 3 of ${count} was cut out`);
    expect(told(all.toSpliced(1, 2))).toBe(`its frames 2 to 3 of ${count} were cut out`);
  });

  it("are not, where a frame is none of this object", async () => {
    const { table } = await object();
    const [first] = table as [FrameSize];
    expect(misplacedFrames(table, table.with(2, { ...first, checksum: 1 }))).toBeUndefined();
    expect(misplacedFrames(table, [...table, { ...first, checksum: 1 }])).toBeUndefined();
  });
});
