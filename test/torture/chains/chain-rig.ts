/**
 * One tree, the stores that its job goes to, and all that happens to them: runs, prunes, damage. After each step what is listed
 * has to be what was captured, whatever came before; `ChainProblem` says what is not.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { AppContext } from "../../../src/app/app-context.ts";
import { backupJob } from "../../../src/app/backup-job.ts";
import { pruneJob } from "../../../src/app/prune-job.ts";
import { HOUR } from "../../../src/domain/instant.ts";
import type { CatalogPoint, CommitRecord } from "../../../src/domain/recovery-point.ts";
import type { RetentionPolicy } from "../../../src/domain/retention.ts";
import { createVolumeSource } from "../../../src/sources/volume/volume-source.ts";
import { openIndexCache } from "../../../src/state/index-cache.ts";
import { appWorkshop, STACK, testJob } from "../../fakes/app-workshop.ts";
import type { FakeClock } from "../../fakes/fake-clock.ts";
import type { FaultyStore } from "../../fakes/faulty-store.ts";
import { dueAt } from "../../fakes/schedules.ts";
import { describeWhole, linesOf, type DescribedTree } from "./described-tree.ts";
import { inlineCapture } from "./inline-engine.ts";
import { PretendedTime } from "./pretended-time.ts";
import { restoreFrom, type RestoreHow } from "./restore-from.ts";
import { tamperWith, type Tampering } from "./tampering.ts";
import { ANCHOR, applyEdit, type Edit } from "./tree-edits.ts";

const JOB = "data";

export interface CaptureStep {
  full: boolean;
  recheck: number;
  retention: RetentionPolicy;
  /** Positions of the stores that can be reached. */
  stores: readonly number[];
  /** Names that are left out. */
  exclude: readonly string[];
  /** With the real thread, and so on the real file system. */
  inThread: boolean;
  /** Made in the middle of the capture, before so many calls of the file system. */
  during: { call: number; edits: readonly Edit[]; duration: number } | undefined;
}

export class ChainProblem extends Error {}

export interface Counts {
  points: number;
  incrementals: number;
  pruned: number;
  restores: number;
}

export class ChainRig {
  readonly root: string;
  readonly stores: readonly FaultyStore[];
  readonly time: PretendedTime;
  readonly counts: Counts = { points: 0, incrementals: 0, pruned: 0, restores: 0 };
  readonly #work = mkdtempSync(join(tmpdir(), "holdfast-"));
  readonly #slabBytes: number;
  readonly #clock: FakeClock;
  readonly #context: AppContext;
  /** The tree as it was captured; undefined when it was changed meanwhile. */
  readonly #expected = new Map<string, DescribedTree | undefined>();
  readonly #damage = new Map<string, Set<string>>();
  #restores = 0;

  constructor(options: { stores: number; slabBytes: number; granularity: bigint; random: () => number }) {
    const names = Array.from({ length: options.stores }, (_, at) => `store-${at}`);
    const { clock, context, stores } = appWorkshop(names);
    this.root = join(this.#work, "source");
    this.#slabBytes = options.slabBytes;
    this.#clock = clock;
    this.stores = stores;
    mkdirSync(this.root);
    writeFileSync(join(this.root, ANCHOR), "");
    // Ahead of every file's mtime.
    clock.jumpTo(Date.now() + HOUR);
    this.time = new PretendedTime({
      clock,
      granularity: options.granularity,
      probe: join(this.#work, "probe"),
    });
    const indexes = openIndexCache(join(this.#work, "state"));
    this.#context = { ...context, random: options.random, indexes };
  }

  dispose(): void {
    this.#context.state.close();
    rmSync(this.#work, { recursive: true, force: true });
  }

  edit(edits: readonly Edit[]): void {
    for (const edit of edits) applyEdit(this.root, edit);
  }

  async capture(step: CaptureStep): Promise<void> {
    const before = describeWhole(this.root);
    let isDisturbed = false;
    const fs = this.time.fileSystem(
      countDown(step.during?.call, () => {
        isDisturbed = true;
        this.time.pass(step.during?.duration ?? 0);
        this.edit(step.during?.edits ?? []);
      }),
    );
    const held = await this.#listEverywhere();
    const options = { kind: "volume" as const, path: this.root, exclude: [...step.exclude] };
    const inline = inlineCapture({ slabBytes: this.#slabBytes, fs });
    const { run, report, error } = await backupJob(this.#context, {
      job: this.#job(step.retention, step.recheck),
      source: step.inThread ? createVolumeSource(options) : createVolumeSource(options, { capture: inline }),
      stores: this.#reachable(step.stores),
      trigger: "command",
      full: step.full,
      signal: new AbortController().signal,
    });
    if (report === undefined) throw new ChainProblem(`the run ${run.outcome}: ${error?.stack}`);
    const { record } = report;
    this.#expected.set(record.id, isDisturbed ? undefined : withoutNames(before, step.exclude));
    this.counts.points += 1;
    if (record.kind === "incremental") this.counts.incrementals += 1;
    this.#checkRun(record, { isDisturbed, exclude: step.exclude }, report.stores);
    for (const store of this.#reachable(step.stores)) await this.#checkNewest(store, record);
    await this.#checkPruned(held, step.retention, record.id);
  }

  async prune(retention: RetentionPolicy): Promise<void> {
    const held = await this.#listEverywhere();
    const { run, error } = await pruneJob(this.#context, {
      ...{ job: this.#job(retention, 0), stores: this.stores, trigger: "command" },
      signal: new AbortController().signal,
    });
    if (run.outcome !== "succeeded")
      throw new ChainProblem(`the prune ${run.outcome}: ${error?.stack ?? run.reason}`);
    await this.#checkPruned(held, retention);
  }

  async tamper(tampering: Tampering): Promise<void> {
    const store = this.stores[tampering.store % this.stores.length];
    if (store === undefined) return;
    const points = await this.listed(store);
    const damaged = await tamperWith(tampering, {
      store,
      points,
      state: join(this.#work, "state"),
      job: JOB,
    });
    for (const what of damaged) this.#damageIn(store).add(what);
  }

  async listed(store: FaultyStore): Promise<CatalogPoint[]> {
    const { points } = await this.#context.catalog.listPoints(store, { stack: STACK, job: JOB });
    return points.filter(({ id }) => this.#expected.has(id));
  }

  /** Every listed point of every store, each once, then what was asked for. */
  async restoreAll(how: Omit<RestoreHow, "paths">): Promise<void> {
    const done = new Set<string>();
    for (const store of this.stores) {
      for (const point of await this.listed(store)) {
        if (done.has(point.id) || !this.isWhole(store, point)) continue;
        done.add(point.id);
        await this.restore(store, point, how);
      }
    }
  }

  /** Not damaged in that store by this test. */
  isWhole(store: FaultyStore, { id, record }: CatalogPoint): boolean {
    const damage = this.#damageIn(store);
    return (
      !damage.has(`index of ${id}`) && ![id, ...record.needs].some((held) => damage.has(`archive of ${held}`))
    );
  }

  /** `which` picks a path below which all is restored; the whole without it. */
  async restore(
    store: FaultyStore,
    point: CatalogPoint,
    { which, ...how }: RestoreHow & { which?: number },
  ): Promise<void> {
    const expected = this.#expected.get(point.id);
    const paths = which === undefined || expected === undefined ? undefined : [pathOf(expected, which)];
    const target = join(this.#work, `restored-${this.#restores++}`);
    await restoreFrom(this.#context, { store, point, target, paths, ...how });
    this.counts.restores += 1;
    if (expected !== undefined) {
      const at = paths?.map((path) => Buffer.from(path).toString("latin1"));
      const difference = differenceOf(linesOf(expected, at), linesOf(describeWhole(target), at));
      if (difference !== undefined) {
        throw new ChainProblem(
          `${point.id} of ${store.name} (${String(paths)}) is not what was captured: ${difference}`,
        );
      }
    }
    rmSync(target, { recursive: true, force: true });
  }

  #job(retention: RetentionPolicy, recheck: number) {
    const stores = this.stores.map(({ name }) => name);
    return testJob({ ...{ name: JOB, sourceKind: "volume", stores, retention, recheck }, full: dueAt() });
  }

  #reachable(positions: readonly number[]): FaultyStore[] {
    return this.stores.filter((_, at) => positions.includes(at));
  }

  #damageIn({ name }: FaultyStore): Set<string> {
    const damage = this.#damage.get(name) ?? new Set();
    this.#damage.set(name, damage);
    return damage;
  }

  #checkRun(
    { warnings, needs }: CommitRecord,
    { isDisturbed }: { isDisturbed: boolean; exclude: readonly string[] },
    stores: readonly { store: string; outcome: string; error?: string | undefined }[],
  ): void {
    if (!isDisturbed && warnings.length > 0) throw new ChainProblem(`warned of ${JSON.stringify(warnings)}`);
    for (const { store, outcome, error } of stores) {
      if (outcome !== "succeeded") throw new ChainProblem(`${store} ${outcome}: ${String(error)}`);
      const rotten = needs.find((id) => this.#damage.get(store)?.has(`archive of ${id}`) === true);
      if (rotten !== undefined)
        throw new ChainProblem(`it needs ${rotten}, which is known to be damaged in ${store}`);
    }
  }

  async #listEverywhere(): Promise<CatalogPoint[][]> {
    return Promise.all(this.stores.map((store) => this.listed(store)));
  }

  /** Of what was there: nothing without a rule, and never the newest, but for a newer one. */
  async #checkPruned(
    held: readonly (readonly CatalogPoint[])[],
    policy: RetentionPolicy,
    made?: string,
  ): Promise<void> {
    for (const [at, store] of this.stores.entries()) {
      const ids = new Set((await this.listed(store)).map(({ id }) => id));
      const gone = (held[at] ?? []).filter(({ id }) => !ids.has(id));
      this.counts.pruned += gone.length;
      const newest = (held[at] ?? []).find(({ startedAt }) => startedAt <= this.#clock.now());
      const isNewestGone = made === undefined && newest !== undefined && gone.includes(newest);
      if (gone.length > 0 && (isNewestGone || Object.keys(policy).length === 0)) {
        throw new ChainProblem(`${store.name} lost ${gone.map(({ id }) => id).join(", ")}`);
      }
    }
  }

  async #checkNewest(store: FaultyStore, { id }: CommitRecord): Promise<void> {
    const listed = await this.listed(store);
    if (!listed.some((point) => point.id === id))
      throw new ChainProblem(`${id} is not listed in ${store.name}`);
  }
}

/** Calls once, at the so-manieth call. */
function countDown(calls: number | undefined, act: () => void): () => void {
  let left = calls ?? -1;
  return () => {
    if (left === 0) act();
    left -= 1;
  };
}

function withoutNames(tree: DescribedTree, names: readonly string[]): DescribedTree {
  if (names.length === 0) return tree;
  return new Map([...tree].filter(([path]) => !path.split("/").some((part) => names.includes(part))));
}

/** One that a person could name: the others are no text. */
function pathOf(tree: DescribedTree, which: number): string {
  const texts = [...tree.keys()]
    .map((path) => Buffer.from(path, "latin1"))
    .filter((bytes) => Buffer.from(bytes.toString()).equals(bytes))
    .map((bytes) => bytes.toString());
  return texts[which % texts.length] ?? ".";
}

function differenceOf(expected: readonly string[], restored: readonly string[]): string | undefined {
  const [missing, extra] = [except(expected, restored), except(restored, expected)];
  if (missing.length + extra.length === 0) return undefined;
  return `\n  expected ${missing.join("\n           ")}\n  restored ${extra.join("\n           ")}`;
}

function except(lines: readonly string[], others: readonly string[]): string[] {
  return lines.filter((line) => !others.includes(line));
}
