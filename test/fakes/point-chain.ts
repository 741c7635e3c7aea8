/** Points of one directory, each built on the one before, kept in memory. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { ArchiveOf } from "../../src/archive/restore/plan.ts";
import { readIndex } from "../../src/archive/read-index.ts";
import type { IndexEntry } from "../../src/archive/index-entry.ts";
import type { CommitRecord } from "../../src/domain/recovery-point.ts";
import type { CaptureSummary } from "../../src/ports/source.ts";
import type { DatabaseParts } from "../../src/sources/volume/databases/with-databases.ts";
import { createVolumeSource } from "../../src/sources/volume/volume-source.ts";
import { restoreHere } from "./captured-volume.ts";
import { MemoryReader, MemorySink } from "./memory-object.ts";
import { recordOf } from "./points.ts";

export interface ChainPoint {
  id: string;
  record: CommitRecord;
  summary: CaptureSummary;
  archive: Buffer;
  index: Buffer;
}

const HOUR = 3_600_000;

export class PointChain {
  readonly points: ChainPoint[] = [];
  #root: string;
  readonly #scratch: string;
  /** Ahead of every file's time, so that what was written before a capture is trusted by the next. */
  #now = Date.now();

  /** `scratch` takes the indexes that captures read. */
  constructor(root: string, scratch: string) {
    this.#root = root;
    this.#scratch = scratch;
  }

  /** From now on the source is another directory. */
  moveTo(root: string): void {
    this.#root = root;
  }

  async capture({
    full = false,
    recheck = 0,
    databases,
    modifiedWithin,
  }: {
    full?: boolean;
    recheck?: number;
    databases?: DatabaseParts;
    modifiedWithin?: string;
  } = {}): Promise<ChainPoint> {
    this.#now += HOUR;
    const startedAt = this.#now;
    const sinks = { "archive.tar.zst": new MemorySink(), "files.jsonl.zst": new MemorySink() };
    const source = createVolumeSource({ kind: "volume", path: this.#root, modifiedWithin }, { databases });
    const base = full ? undefined : this.points.at(-1);
    const summary = await source.capture({
      openObject: (name) => sinks[name as keyof typeof sinks],
      previous: base?.record,
      startedAt,
      base: base && {
        record: base.record,
        indexPath: this.#indexFile(base),
        now: startedAt,
        recheck,
        seed: startedAt % 1_000_003,
      },
      signal: new AbortController().signal,
    });
    const record = recordOf(new Date(startedAt).toISOString(), {
      kind: summary.kind,
      needs: summary.needs,
      capture: summary.capture,
      totals: { ...summary.totals, storedBytes: 0 },
    });
    const [archive, index] = [sinks["archive.tar.zst"].bytes(), sinks["files.jsonl.zst"].bytes()];
    const point = { id: record.id, record, summary, archive, index };
    this.points.push(point);
    return point;
  }

  async restore(point: ChainPoint, target: string, paths?: string[]): Promise<void> {
    await restoreHere({ ...this.readersOf(point), target, paths, onExisting: "refuse" });
  }

  /** As `restoreTree` takes them; only the points that the record names are at hand. */
  readersOf(point: ChainPoint): { index: MemoryReader; archive: ArchiveOf } {
    return {
      index: new MemoryReader(`${point.id}/files.jsonl.zst`, point.index),
      archive: (id) => {
        const holder = id === undefined ? point : this.points.find((other) => other.id === id);
        if (holder === undefined || (holder !== point && !point.record.needs.includes(holder.id))) {
          throw new Error(`${String(id)} is not among the needs of ${point.id}`);
        }
        return new MemoryReader(`${holder.id}/archive.tar.zst`, holder.archive);
      },
    };
  }

  async entries(point: ChainPoint): Promise<Map<string, IndexEntry>> {
    const entries = new Map<string, IndexEntry>();
    for await (const entry of readIndex(this.readersOf(point).index)) entries.set(entry.path, entry);
    return entries;
  }

  #indexFile({ id, index }: ChainPoint): string {
    const path = join(this.#scratch, id);
    writeFileSync(path, index);
    return path;
  }
}
