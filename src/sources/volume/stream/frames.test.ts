import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemorySink } from "../../../../test/fakes/memory-object.ts";
import type { CaptureSummary } from "../../../ports/source.ts";
import { FrameStream } from "./frames.ts";
import { FrameReader } from "./read-frames.ts";

const SUMMARY = { kind: "full", needs: [], warnings: [] } as unknown as CaptureSummary;

const CAPTURED = { kind: "duckdb", mode: "frozen", check: "damaged" } as const;

type Piece = [object: "archive" | "index", bytes: Uint8Array];

const pieces = fc.array(fc.tuple(fc.constantFrom("archive", "index"), fc.uint8Array({ maxLength: 40 })), {
  maxLength: 12,
});

async function streamOf(written: readonly Piece[]): Promise<Buffer> {
  const sink = new MemorySink();
  const stream = new FrameStream(sink);
  const objects = { archive: stream.openObject("a"), index: stream.openObject("i") };
  // All at once, as the two objects of a capture do.
  await Promise.all(written.map(([object, bytes]) => objects[object].write(bytes)));
  await stream.send({ type: "progress", progress: { files: 1, sourceBytes: 2, storedBytes: 3 } });
  await stream.send({ type: "database", captured: CAPTURED });
  await stream.send({ type: "done", summary: SUMMARY });
  await stream.end();
  return sink.bytes();
}

async function read(bytes: Buffer, at: readonly number[] = []) {
  const objects = new Map<string, MemorySink>();
  const openObject = (name: string) => {
    const sink = new MemorySink();
    objects.set(name, sink);
    return sink;
  };
  const progress: unknown[] = [];
  const told: unknown[] = [];
  const reader = new FrameReader({
    openObject,
    onProgress: (each) => progress.push(each),
    onDatabase: (each) => told.push(each),
  });
  const cuts = [0, ...at.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  for (const [index, cut] of cuts.entries()) await reader.write(bytes.subarray(cut, cuts[index + 1] ?? cut));
  return { reader, progress, told, bytesOf: (name: string) => objects.get(name)?.bytes() };
}

describe("a stream of frames", () => {
  it("brings each object's bytes, wherever it is cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.array(fc.nat(), { maxLength: 20 }), async (written, cuts) => {
        const { reader, progress, told, bytesOf } = await read(await streamOf(written), cuts);
        const of = (wanted: string) =>
          Buffer.concat(written.filter(([object]) => object === wanted).map(([, bytes]) => bytes));
        expect(bytesOf("a")).toEqual(of("archive"));
        expect(bytesOf("i")).toEqual(of("index"));
        expect(progress).toEqual([{ files: 1, sourceBytes: 2, storedBytes: 3 }]);
        expect(told).toEqual([CAPTURED]);
        expect(reader.end).toEqual({ type: "done", summary: SUMMARY });
      }),
    );
  });

  it("that is cut off anywhere has no end", async () => {
    const whole = await streamOf([
      ["archive", Buffer.from("abc")],
      ["index", Buffer.from("def")],
    ]);
    for (let length = 0; length < whole.length; length += 1) {
      expect((await read(whole.subarray(0, length))).reader.end).toBeUndefined();
    }
  });

  it("with any bit flipped has no end or is refused", async () => {
    const whole = await streamOf([["archive", Buffer.from("abc")]]);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const outcome = await read(flipped).then(
        ({ reader }) => reader.end,
        () => undefined,
      );
      expect(outcome, `bit ${bit}`).toBeUndefined();
    }
  });

  it("that goes on after its end is refused", async () => {
    const whole = await streamOf([]);
    await expect(read(Buffer.concat([whole, Buffer.from("x")]))).rejects.toThrow("it went on after its end");
  });

  it("waits for the sink of an object", async () => {
    const whole = await streamOf([["archive", Buffer.from("abc")]]);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const reader = new FrameReader({ openObject: () => ({ write: () => promise }) });
    let isRead = false;
    const reading = reader.write(whole).then(() => (isRead = true));
    await new Promise((next) => setImmediate(next));
    expect(isRead).toBe(false);
    resolve(undefined);
    await reading;
    expect(reader.end?.type).toBe("done");
  });
});
