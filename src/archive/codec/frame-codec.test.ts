import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { SLAB_BYTES } from "../frame.ts";
import { frameCodec } from "./choose-codec.ts";
import { frameBound, type FrameCodec } from "./frame-codec.ts";
import { nativeCodec } from "./native-codec.ts";
import { zlibCodec } from "./zlib-codec.ts";

const text = (size: number): Buffer =>
  Buffer.alloc(size, '{"level":"info","text":"the same again and again"}\n');
/** As in a parquet file: mostly compressed pages. */
const columns = (size: number): Buffer => {
  const slab = randomBytes(size);
  slab.fill("0123456789abcdef", Math.floor(size * 0.85));
  return slab;
};

const SIZES = [0, 1, 255, 256, 65_791, 65_792, 1_000_003, SLAB_BYTES];
const slabs = (): Buffer[] => SIZES.flatMap((size) => [text(size), columns(size), randomBytes(size)]);

async function compressed(codec: FrameCodec, slab: Uint8Array): Promise<Buffer> {
  const target = Buffer.alloc(frameBound(slab.length));
  return target.subarray(0, await codec.compress(slab, target));
}

async function decompressed(codec: FrameCodec, frame: Uint8Array, room: number): Promise<Buffer> {
  const target = Buffer.alloc(room);
  return target.subarray(0, await codec.decompress(frame, target));
}

const codecs: [string, FrameCodec][] = [
  ["native", nativeCodec() ?? zlibCodec],
  ["zlib", zlibCodec],
];

describe.each(codecs)("the %s codec", (_, codec) => {
  it("gives back what it was given, whatever it is and however many are under way", async () => {
    const all = slabs();
    const frames = await Promise.all(all.map((slab) => compressed(codec, slab)));
    const contents = await Promise.all(
      frames.map((frame, at) => decompressed(codec, frame, all[at]?.length ?? 0)),
    );
    contents.forEach((content, at) => expect(content.equals(all[at] ?? Buffer.alloc(1)), `${at}`).toBe(true));
  });

  it("makes frames that the other reads, with the same header, and the same again for the same slab", async () => {
    for (const slab of slabs()) {
      const frame = await compressed(codec, slab);
      const header = (await compressed(zlibCodec, slab)).subarray(0, 9);
      expect(frame.subarray(0, 9).equals(header)).toBe(true);
      expect((await decompressed(zlibCodec, frame, slab.length)).equals(slab)).toBe(true);
      expect((await compressed(codec, slab)).equals(frame)).toBe(true);
    }
  });

  it("reads from and writes to memory that threads share, wherever in it", async () => {
    const slab = Buffer.from(new SharedArrayBuffer(200_000), 77_777, 100_000);
    text(slab.length).copy(slab);
    const memory = Buffer.from(new SharedArrayBuffer(300_000)).fill(7);
    const frame = memory.subarray(11, 11 + frameBound(slab.length));
    const length = await codec.compress(slab, frame);
    const content = memory.subarray(150_000, 150_000 + slab.length);
    expect(await codec.decompress(frame.subarray(0, length), content)).toBe(slab.length);
    expect(content.equals(slab)).toBe(true);
    expect([memory[10], memory[149_999], memory[250_000]]).toEqual([7, 7, 7]);
  });

  it("shrinks what can be shrunk and adds next to nothing to what cannot", async () => {
    expect((await compressed(codec, text(SLAB_BYTES))).length).toBeLessThan(SLAB_BYTES / 1000);
    expect((await compressed(codec, columns(SLAB_BYTES))).length).toBeLessThan(SLAB_BYTES * 0.94);
    expect((await compressed(codec, randomBytes(SLAB_BYTES))).length).toBeLessThan(SLAB_BYTES + 1000);
  });

  it("refuses a frame that is damaged, cut, or longer than the room for it, and works on", async () => {
    const slab = columns(100_000);
    const frame = await compressed(codec, slab);
    const damaged = Buffer.from(frame);
    damaged[50_000] = (damaged[50_000] ?? 0) ^ 1;
    await expect(decompressed(codec, damaged, slab.length)).rejects.toThrow();
    await expect(decompressed(codec, frame.subarray(0, -1), slab.length)).rejects.toThrow();
    await expect(decompressed(codec, frame, slab.length - 1)).rejects.toThrow();
    await expect(decompressed(codec, Buffer.from("no frame"), 100)).rejects.toThrow();
    expect((await decompressed(codec, frame, slab.length)).equals(slab)).toBe(true);
  });

  it("never writes past a target that is too small for the frame", async () => {
    const memory = Buffer.alloc(60_000, 7);
    await expect(codec.compress(randomBytes(100_000), memory.subarray(0, 50_000))).rejects.toThrow();
    expect(memory.subarray(50_000).every((byte) => byte === 7)).toBe(true);
  });
});

describe("the codec of this Node", () => {
  it("is the native one where Node's zstd can be called, as on 64-bit Linux", () => {
    expect(frameCodec() === zlibCodec).toBe(nativeCodec() === undefined);
    if (process.platform === "linux" && process.arch === "x64") expect(frameCodec()).not.toBe(zlibCodec);
  });
});
