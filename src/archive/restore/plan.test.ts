import fc from "fast-check";
import { expect, it } from "vitest";

import { framed, MemoryReader } from "../../../test/fakes/memory-object.ts";
import type { FramedObject } from "../framed-object.ts";
import { SLAB_BYTES } from "../frame.ts";
import type { ContentEntry } from "../index-entry.ts";
import { MOST_HELD_BYTES } from "./held-frames.ts";
import { ArchiveSet, planSteps } from "./plan.ts";
import { roomFor } from "./shared-memory.ts";

const FRAMES = 3;
const POINTS = 20;
const ARCHIVE = await framed(Buffer.alloc(FRAMES * SLAB_BYTES));

interface Content {
  point: number;
  offset: number;
  size: number;
}

function entryOf({ point, offset, size }: Content): ContentEntry {
  const data = { offset, point: `point-${point}` };
  const times = { mtime: "1.000000000", ctime: "1.000000000" };
  return {
    ...{ path: "file", type: "file", size, mode: 0o644, uid: 0, gid: 0, inode: "1" },
    ...{ ...times, sha256: "0".repeat(64), data },
  };
}

/** What is at hand when the plan is carried out, in the order in which it is asked for; an entry waits for its frames. */
class Replay {
  mostBytes = 0;
  readonly #last = new Map<FramedObject, number>();
  readonly #waiting: { object: FramedObject; frame: number }[] = [];

  needs(object: FramedObject, { offset, size }: Content): void {
    for (let frame = object.frameHolding(offset); frame <= object.frameHolding(offset + size - 1); frame += 1)
      this.#waiting.push({ object, frame });
    this.#serve();
  }

  takes(object: FramedObject, frame: number, dropped: readonly FramedObject[]): void {
    for (const other of dropped) this.#last.delete(other);
    this.#last.set(object, frame);
    const rooms = [...this.#last].map(([of, number]) => roomFor(of.frame(number).size));
    this.mostBytes = Math.max(
      this.mostBytes,
      rooms.reduce((sum, room) => sum + room, 0),
    );
    this.#serve();
  }

  get unserved(): number {
    return this.#waiting.length;
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#last.get(next.object) !== next.frame) return;
      this.#waiting.shift();
    }
  }
}

const content = fc
  .record({
    point: fc.nat({ max: POINTS - 1 }),
    offset: fc.nat({ max: FRAMES * SLAB_BYTES - 2 }),
    size: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: FRAMES * SLAB_BYTES })),
  })
  .map((it) => ({ ...it, size: Math.min(it.size, FRAMES * SLAB_BYTES - it.offset) }));

it("every entry finds its frames in turn, while those of at most eight full slabs are held, however many the points", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 700 }), async (contents) => {
      const archives = new ArchiveSet((point) => new MemoryReader(String(point), ARCHIVE), undefined);
      const replay = new Replay();
      let entries = 0;
      async function* all() {
        yield* contents.map(entryOf);
      }
      for await (const step of planSteps(all(), archives, undefined)) {
        for (const { point, offset, size } of contents.slice(entries, entries + step.entries.length))
          replay.needs(await archives.of(`point-${point}`), { point, offset, size });
        entries += step.entries.length;
        for (const { object, first, last, dropped } of step.runs)
          for (let frame = first; frame <= last; frame += 1)
            replay.takes(object, frame, frame === first ? dropped : []);
        expect(replay.unserved).toBe(0);
      }
      expect(entries).toBe(contents.length);
      expect(replay.mostBytes).toBeLessThanOrEqual(MOST_HELD_BYTES);
    }),
    { numRuns: 60 },
  );
});

it("a frame that stays at hand is read once", async () => {
  const archives = new ArchiveSet((point) => new MemoryReader(String(point), ARCHIVE), undefined);
  async function* all() {
    for (let i = 0; i < 1000; i += 1) yield entryOf({ point: i % 8, offset: i, size: 1 });
  }
  const steps = await Array.fromAsync(planSteps(all(), archives, undefined));
  expect(steps.flatMap(({ runs }) => runs)).toHaveLength(8);
});
