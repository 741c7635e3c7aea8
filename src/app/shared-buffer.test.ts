import fc from "fast-check";
import { expect, it } from "vitest";
import { SharedBuffer, type SharedChunk } from "./shared-buffer.ts";

const chunkOf = (size: number, value: number) => new Uint8Array(size).fill(value);

it("keeps a chunk until the last of its holders has let it go", () => {
  const buffer = new SharedBuffer<string>(4);
  const chunk = buffer.put(chunkOf(3, 1), ["a", "b"]);
  expect(buffer.put(chunkOf(2, 2), ["a"])).toBeUndefined();
  chunk?.letGo("a");
  expect([...buffer.last]).toEqual(["b"]);
  expect(buffer.put(chunkOf(2, 2), ["a"])).toBeUndefined();
  chunk?.letGo("b");
  expect([...buffer.last]).toEqual([]);
  expect(buffer.put(chunkOf(4, 2), ["a"])?.bytes).toEqual(Buffer.from([2, 2, 2, 2]));
});

it("never gives one chunk's memory to another while it is held, and is empty again when all have let go", () => {
  const step = fc.record({
    size: fc.integer({ min: 1, max: 20 }),
    letGo: fc.nat(),
    holders: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const buffer = new SharedBuffer<number>(64);
      let held: { chunk: SharedChunk<number>; value: number; size: number }[] = [];
      const drop = (at: number, holder: number) => {
        held[at]?.chunk.letGo(holder);
        held = held.filter(({ chunk }) => chunk.holders.size > 0);
      };
      for (const [at, { size, letGo, holders }] of steps.entries()) {
        const value = at % 251;
        const chunk = buffer.put(
          chunkOf(size, value),
          Array.from({ length: holders }, (_, holder) => holder),
        );
        if (chunk === undefined) drop(letGo % held.length, letGo % 3);
        else held.push({ chunk, value, size });
        for (const one of held) expect([...one.chunk.bytes]).toEqual([...chunkOf(one.size, one.value)]);
      }
      for (const { chunk } of held) for (const holder of [0, 1, 2]) chunk.letGo(holder);
      expect(buffer.put(chunkOf(64, 1), [0])).toBeDefined();
    }),
  );
});
