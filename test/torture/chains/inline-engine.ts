/**
 * The capture and the restore of a volume in this thread: what the two threads of the engine do, without starting them, with
 * slabs so small that small trees have many frames, and on a file system that a test puts under them.
 */
import { mkdirSync } from "node:fs";

import { decodeFrames, type DecodedFrame } from "../../../src/archive/decode-frames.ts";
import { selectEntries } from "../../../src/archive/find-entries.ts";
import { FrameEncoder } from "../../../src/archive/frame-encoder.ts";
import { FrameWriter } from "../../../src/archive/frame-writer.ts";
import { LossReport } from "../../../src/archive/restore/loss-report.ts";
import { createMetadata } from "../../../src/archive/restore/metadata.ts";
import { ArchiveSet, planSteps, type ArchiveOf } from "../../../src/archive/restore/plan.ts";
import { SpecialFiles } from "../../../src/archive/restore/special-files.ts";
import type { FrameContent } from "../../../src/archive/restore/write-content.ts";
import { TreeWriter } from "../../../src/archive/restore/write-tree.ts";
import { SlabWriter } from "../../../src/archive/slab-writer.ts";
import { TreePacker } from "../../../src/archive/tree-packer.ts";
import { XattrReader } from "../../../src/archive/xattrs/xattr-reader.ts";
import type { ObjectReader } from "../../../src/ports/object-reader.ts";
import type { captureTree } from "../../../src/sources/volume/capture-tree.ts";
import { HoleSeeker } from "../../../src/sources/volume/hole-seeker.ts";
import { EarlierContents } from "../../../src/sources/volume/incremental/earlier-contents.ts";
import { PackReport } from "../../../src/sources/pack-report.ts";
import { packTree } from "../../../src/sources/volume/pack-tree.ts";
import { createSelection } from "../../../src/sources/selection.ts";
import type { TreeFs } from "../../../src/sources/volume/tree-fs.ts";

export function inlineCapture({ slabBytes, fs }: { slabBytes: number; fs: TreeFs }): typeof captureTree {
  return async ({ root, include, exclude, oneFileSystem, base, sinks }) => {
    const archive = collector(slabBytes);
    const index = collector(slabBytes);
    const report = new PackReport();
    const earlier = base && new EarlierContents(base, (why) => (report.baseTrouble = why));
    packTree({
      ...{ root: Buffer.from(root).toString("latin1"), oneFileSystem, fs, report, earlier },
      selection: createSelection({ include, exclude }),
      packer: new TreePacker({ archive: archive.writer, index: index.writer }),
      xattrs: XattrReader.open(),
      holes: HoleSeeker.open(),
    });
    earlier?.close();
    const encoder = new FrameEncoder();
    for (const [{ slabs }, sink] of [
      [archive, sinks.archive],
      [index, sinks.index],
    ] as const) {
      const writer = new FrameWriter(sink, encoder);
      for (const slab of slabs) await writer.add(slab);
      await writer.finish();
    }
    return report.summary();
  };
}

function collector(slabBytes: number): { writer: SlabWriter; slabs: Buffer[] } {
  const slabs: Buffer[] = [];
  const writer = new SlabWriter({
    acquire: () => Buffer.alloc(slabBytes),
    submit: (slab, length) => slabs.push(slab.subarray(0, length)),
  });
  return { writer, slabs };
}

export interface InlineRestore {
  index: ObjectReader;
  archive: ArchiveOf;
  /** Does not exist yet. */
  target: string;
  paths?: readonly string[] | undefined;
}

/** Carries out the real plan; gives the warnings. */
export async function inlineRestore({ index, archive, target, paths }: InlineRestore): Promise<string[]> {
  mkdirSync(target);
  const archives = new ArchiveSet(archive, undefined);
  const losses = new LossReport();
  const metadata = createMetadata({ isRoot: process.geteuid?.() === 0, losses });
  const supply = new QueuedFrames();
  const specials = new SpecialFiles({ withDevices: false, losses });
  const writer = new TreeWriter({ root: target, pool: `${target}-pool`, frames: supply, metadata, specials });
  for await (const { entries, runs } of planSteps(selectEntries(index, paths), archives, paths)) {
    for await (const frame of decodeFrames(runs)) supply.add(archives.pointOf(frame.object), frame);
    for (const entry of entries) writer.write(entry);
    supply.takeAll();
  }
  writer.finish();
  return metadata.warnings();
}

/** Gives frames as the restoring thread does: of each point, the last one that was taken from the queue. */
class QueuedFrames {
  readonly #queue: { point: string | undefined; frame: DecodedFrame }[] = [];
  readonly #held = new Map<string | undefined, DecodedFrame>();

  add(point: string | undefined, frame: DecodedFrame): void {
    this.#queue.push({ point, frame });
  }

  holding(point: string | undefined, position: number): FrameContent {
    for (;;) {
      const frame = this.#held.get(point);
      if (frame !== undefined && position >= frame.start && position < frame.start + frame.content.length)
        return frame;
      if (!this.#take()) throw new Error(`no frame of ${String(point)} holds ${position}`);
    }
  }

  takeAll(): void {
    while (this.#take());
  }

  #take(): boolean {
    const next = this.#queue.shift();
    if (next !== undefined) this.#held.set(next.point, next.frame);
    return next !== undefined;
  }
}
