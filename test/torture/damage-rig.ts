/** Points of a real directory in a store in memory, whose objects can be damaged one at a time, and a verify that has to say so. */
import { randomBytes } from "node:crypto";
import { writeFileSync, utimesSync, linkSync, symlinkSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { backupJob } from "../../src/app/backup-job.ts";
import { Catalog } from "../../src/app/catalog.ts";
import { runVerify } from "../../src/app/run-verify.ts";
import { HOUR } from "../../src/domain/instant.ts";
import {
  COMMIT_RECORD,
  INDEX_OBJECT,
  pointPrefix,
  type CommitRecord,
} from "../../src/domain/recovery-point.ts";
import { openIndexCache } from "../../src/state/index-cache.ts";
import { createVolumeSource } from "../../src/sources/volume/volume-source.ts";
import { appWorkshop, STACK, testJob } from "../fakes/app-workshop.ts";
import { captureVolume } from "../fakes/captured-volume.ts";
import { overwrite } from "../fakes/crafted-point.ts";
import { dueAt } from "../fakes/schedules.ts";

const SMALL_FILES = 60;
/** More than a slab, so that the archive has several frames. */
const BIG_FILE_BYTES = 5 * 1024 ** 2;

export class DamageRig {
  readonly #shop = appWorkshop();
  readonly #directory: string;
  readonly #root: string;
  readonly #original = new Map<string, Buffer>();
  /** From the oldest: a full, two incrementals on it, a full, an incremental on that. */
  readonly records: CommitRecord[] = [];

  /** `directory`: an empty one. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#root = join(directory, "source");
  }

  /** Keys of all objects of all points. */
  get keys(): readonly string[] {
    return [...this.#original.keys()];
  }

  bytesOf(key: string): Buffer {
    return this.#original.get(key) ?? Buffer.alloc(0);
  }

  keyOf(point: number, name: string): string {
    const record = this.records[point];
    return record === undefined ? "" : pointPrefix(STACK, "data", record.id) + name;
  }

  async prepare(): Promise<void> {
    // The clock is ahead of the files' own times, so that what is unchanged is trusted.
    this.#shop.clock.jumpTo(Date.now() + HOUR);
    mkdirSync(join(this.#root, "dir"), { recursive: true });
    for (let at = 0; at < SMALL_FILES; at++) this.#write(`dir/file-${at}`, `content ${at}\n`.repeat(at));
    this.#write("big", randomBytes(BIG_FILE_BYTES));
    symlinkSync("big", join(this.#root, "symlink"));
    linkSync(join(this.#root, "big"), join(this.#root, "hardlink"));
    for (const full of [true, false, false, true, false]) {
      this.#write(`dir/file-${this.records.length}`, `changed ${this.records.length}`);
      this.#write(`new-${this.records.length}`, randomBytes(2000));
      await this.#backUp(full);
    }
  }

  /** What a verify says: one sentence each. Each as a process of its own would, knowing nothing from before. */
  async verify(): Promise<string[]> {
    const { context, stores } = this.#shop;
    const { run, report, error } = await runVerify(
      { ...context, catalog: new Catalog() },
      {
        ...{ job: "data", trigger: "command", stores },
        select: (points) => points,
        signal: new AbortController().signal,
      },
    );
    if (report === undefined) throw error ?? new Error("the verify said nothing");
    const told = [...report.points.flatMap(({ problems }) => problems), ...report.problems];
    if ((run.outcome === "failed") !== told.length > 0) throw new Error(`it ended as ${run.outcome}`);
    return told;
  }

  /** A verify of the store with some objects changed, or gone, which are put back afterwards. */
  async verifyWith(changes: ReadonlyMap<string, Buffer | undefined>): Promise<string[]> {
    const { store } = this.#shop;
    for (const [key, bytes] of changes) {
      if (bytes === undefined) await store.delete(key);
      else await overwrite(store, key, bytes);
    }
    const told = await this.verify();
    for (const key of changes.keys()) await overwrite(store, key, this.bytesOf(key));
    await this.#forgetProofs();
    return told;
  }

  /** An object of a point that was never in the store: what a store that was rolled back may give. */
  async staleVersionOf(name: string): Promise<Buffer> {
    this.#write("stale", randomBytes(100));
    const captured = await captureVolume(this.#root);
    return name === INDEX_OBJECT ? captured.index : captured.archive;
  }

  async #forgetProofs(): Promise<void> {
    const { store } = this.#shop;
    for await (const { key } of store.list(`${STACK}/data/`))
      if (!this.#original.has(key)) await store.delete(key);
  }

  async #backUp(full: boolean): Promise<void> {
    const { stores, store, clock } = this.#shop;
    const context = { ...this.#shop.context, indexes: openIndexCache(join(this.#directory, "state")) };
    await clock.advance(HOUR);
    const source = createVolumeSource({ kind: "volume", path: this.#root });
    const job = testJob({ sourceKind: "volume", full: dueAt(), timeout: HOUR });
    const signal = new AbortController().signal;
    const { report, error } = await backupJob(context, {
      job,
      source,
      stores,
      trigger: "command",
      full,
      signal,
    });
    if (report === undefined) throw error ?? new Error("no point");
    const { record } = report;
    if ((record.kind === "full") !== full) throw new Error(`${record.id} is ${record.kind}`);
    this.records.push(record);
    for (const name of [COMMIT_RECORD, ...record.objects.map((object) => object.name)]) {
      const key = this.keyOf(this.records.length - 1, name);
      this.#original.set(key, Buffer.concat(await Array.fromAsync(store.get(key))));
    }
  }

  #write(path: string, content: string | Buffer): void {
    writeFileSync(join(this.#root, path), content);
    utimesSync(join(this.#root, path), 1_700_000_000, 1_700_000_000 + this.records.length);
  }
}
