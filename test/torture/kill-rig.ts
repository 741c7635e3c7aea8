/**
 * Kills backups and prunes and looks at what is left. What must hold after each kill, whenever it came: every listed point is
 * whole and restores byte for byte, and none is gone that the retention keeps, or that such a one needs. And after any number of kills: the next run takes the locks over at once and succeeds, and
 * then nothing is in the stores but the objects of listed points, and no points but those that the retention keeps and
 * what they need.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Catalog } from "../../src/app/catalog.ts";
import { openStored, readRecord } from "../../src/app/point-objects.ts";
import { verifyArchive } from "../../src/archive/verify-archive.ts";
import type { CatalogPoint } from "../../src/domain/recovery-point.ts";
import { systemProcessTable } from "../../src/observability/process-identity.ts";
import { LocalStore } from "../../src/stores/local/local-store.ts";
import { HoldfastProcess, type Ended } from "../e2e/holdfast-process.ts";
import { StackOnDisk, type StackConfig } from "../e2e/stack-on-disk.ts";
import { waitUntil } from "../e2e/wait-until.ts";
import { describeTree, restoreHere } from "../fakes/captured-volume.ts";
import { committedRecords, lostPoints } from "./lost-points.ts";
import type { MeasuredRun, Moment, Operation } from "./moments.ts";
import { leftoversIn, phaseOf, storedState, superfluousIn, type Phase } from "./stored-state.ts";

const STORES = ["local", "offsite"];
const KEEP = 3;
/** By how many points a store has too many before a prune is killed. */
const SUPERFLUOUS = 2;
/** Often enough that there are chains of every length, and some that retention takes apart. */
const FULLS = "*/15 * * * * *";
const SMALL_FILES = 300;
/** Three slabs of the archive. */
const BIG_FILE_BYTES = 9 * 1024 ** 2;
const LIMIT_MS = 60_000;
const PRELOAD = new URL("./kill-at-change.ts", import.meta.url);

export interface Trial {
  phase: Phase;
  /** Points listed right after the kill, over all stores. */
  listed: number;
}

export class KillRig {
  readonly #stack = new StackOnDisk(configWith({ last: KEEP }));
  readonly #roots = STORES.map((name) => this.#stack.store(name));
  /** What the source looked like when each generation of it was backed up. */
  readonly #expected = new Map<string, ReadonlyMap<string, string>>();
  /** Digests of points that were restored and compared: the same bytes are not restored again, from whichever store. */
  readonly #proven = new Set<string>();
  /** Runs that nobody kills. */
  backup: MeasuredRun = { changes: 0, beginsAfterMs: 0, endsAfterMs: 0 };
  prune: MeasuredRun = this.backup;
  restored = 0;

  /** Fills the stores up to the retention, so that each run from here on prunes, and measures a run. */
  async prepare(): Promise<void> {
    for (let at = 0; at < SMALL_FILES; at++) {
      this.#stack.write({ [`dir-${at % 7}/file-${at}`]: `content ${at}\n` });
    }
    this.#stack.write({ big: randomBytes(BIG_FILE_BYTES) });
    this.#stack.write({ note: "another job's" }, "other");
    for (let run = 0; run < KEEP; run++) await this.#backUpWhole();
    this.#nextGeneration();
    this.backup = await this.#measure("backup");
    await this.#addSuperfluous();
    this.prune = await this.#measure("prune");
    await this.#checkListed();
  }

  dispose(): void {
    this.#stack.remove();
  }

  /** Undefined when the run ended before it could be killed. Throws when a listed point is not what it should be. */
  async kill(operation: Operation, moment: Moment): Promise<Trial | undefined> {
    if (operation === "prune") await this.#addSuperfluous();
    else this.#nextGeneration();
    const before = this.#roots.map(storedState);
    const records = this.#roots.map(committedRecords);
    const ended = await this.#runAndKill(operation, moment);
    for (const [at, root] of this.#roots.entries()) {
      const lost = lostPoints(records[at] ?? new Map(), committedRecords(root), KEEP);
      assert(lost.length === 0, `the retention keeps ${lost.join(", ")}, but ${root} has lost that`);
    }
    if (ended.signal === null) {
      assert(ended.exitCode === 0, `an unhurt run ended with ${ended.exitCode}: ${ended.stderr}`);
      this.#checkClean();
      return undefined;
    }
    const phase = operation === "prune" ? "prune" : phaseOf(this.#roots, before, KEEP);
    return { phase, listed: await this.#checkListed() };
  }

  /** The next run. Gives the number of locks that it took over; throws when it leaves anything that should not be there. */
  async recover(): Promise<number> {
    const locks = this.#roots.flatMap((root) => storedState(root).entries.filter((entry) => isLock(entry)));
    const { stderr } = await this.#backUpWhole();
    const takenOver = stderr.split("which has died, was taken over").length - 1;
    assert(takenOver === locks.length, `of ${locks.length} locks ${takenOver} were taken over`);
    this.#checkClean();
    await this.#checkListed();
    return takenOver;
  }

  /** Points that a prune removes, and no leftovers of killed runs. */
  async #addSuperfluous(): Promise<void> {
    this.#stack.configure(configWith({}));
    for (let run = 0; run < SUPERFLUOUS; run++) await this.#backUpWhole();
    this.#stack.configure(configWith({ last: KEEP }));
  }

  async #runAndKill(operation: Operation, moment: Moment): Promise<Ended> {
    const isInside = "atChange" in moment;
    const run = this.#start(operation, isInside ? [`--import=${PRELOAD.href}?at=${moment.atChange}`] : []);
    if (isInside) return run.ended;
    const timer = setTimeout(() => run.kill("SIGKILL"), moment.afterMs);
    return run.ended.finally(() => clearTimeout(timer));
  }

  #start(operation: Operation, nodeArgs: readonly string[] = []): HoldfastProcess {
    const args = ["--config", this.#stack.configPath, operation, "data"];
    return new HoldfastProcess(args, { nodeArgs, limitMs: LIMIT_MS });
  }

  /** A run that takes over whatever the last one left: it may wait for nobody (`lockWait: 0s`). */
  async #backUpWhole(): Promise<Ended> {
    this.#nextGeneration();
    const ended = await this.#start("backup").ended;
    assert(ended.exitCode === 0, `the next run ended with ${ended.exitCode}: ${ended.stderr}${ended.stdout}`);
    return ended;
  }

  async #measure(operation: Operation): Promise<MeasuredRun> {
    const startedAt = performance.now();
    const run = this.#start(operation, [`--import=${PRELOAD.href}`]);
    const lockFolder = join(this.#roots[0] ?? "", "test/.locks");
    await waitUntil("the lock of a run", () => existsSync(lockFolder) || !run.isRunning, LIMIT_MS);
    const beginsAfterMs = performance.now() - startedAt;
    const { ms, stderr } = await run.ended;
    return { beginsAfterMs, endsAfterMs: ms, changes: Number(/changes: (\d+)/.exec(stderr)?.[1]) };
  }

  #nextGeneration(): void {
    const generation = String(this.#expected.size);
    this.#stack.write({ generation, [`dir-1/of-${this.#expected.size % 5}`]: randomBytes(1000) });
    this.#expected.set(generation, describeTree(this.#stack.source()));
  }

  async #checkListed(): Promise<number> {
    let listed = 0;
    for (const [at, name] of STORES.entries()) {
      const store = new LocalStore({ name, path: this.#roots[at] ?? "", processes: systemProcessTable() });
      const { points, problems } = await new Catalog().listPoints(store, { stack: "test" });
      assert(problems.length === 0, `listed, but not whole: ${JSON.stringify(problems)}`);
      const committed = storedState(this.#roots[at] ?? "").committed.size;
      assert(points.length === committed, `${points.length} of ${committed} committed points are listed`);
      for (const point of points) await this.#proveOnce(store, point, this.#roots[at] ?? "");
      listed += points.length;
    }
    return listed;
  }

  /** The digests of the stored bytes are compared every time, the restore is made once for the same bytes. */
  async #proveOnce(store: LocalStore, point: CatalogPoint, root: string): Promise<void> {
    const digests = point.record.objects.map(({ name, sha256 }) => {
      const stored = readFileSync(join(root, "test", point.job, point.id, name));
      const digest = createHash("sha256").update(stored).digest("hex");
      assert(digest === sha256, `${store.name}: ${point.id} has other bytes in ${name} than were committed`);
      return digest;
    });
    const key = digests.join(" ");
    if (this.#proven.has(key)) return;
    await this.#prove(store, point);
    this.#proven.add(key);
    this.restored++;
  }

  async #prove(store: LocalStore, { id, record }: CatalogPoint): Promise<void> {
    const index = openStored(store, record, "files.jsonl.zst");
    const archive = openStored(store, record, "archive.tar.zst");
    const problems = await Array.fromAsync(verifyArchive({ index, archive }));
    assert(problems.length === 0, `${id} does not verify: ${JSON.stringify(problems)}`);
    const target = this.#stack.path("restored");
    mkdirSync(target, { recursive: true });
    const holder = async (point: string | undefined) =>
      point === undefined
        ? archive
        : openStored(store, await readRecord(store, { ...record, id: point }), "archive.tar.zst");
    await restoreHere({ index, archive: holder, target, onExisting: "refuse" });
    const expected = this.#expected.get(readFileSync(join(target, "generation"), "utf8"));
    const isSame = JSON.stringify([...describeTree(target)]) === JSON.stringify([...(expected ?? [])]);
    assert(isSame, `${store.name}: ${id} does not restore to what was backed up`);
    rmSync(target, { recursive: true });
  }

  #checkClean(): void {
    for (const root of this.#roots) {
      const leftovers = leftoversIn(root);
      assert(leftovers.length === 0, `left in ${root} after the next run: ${leftovers.join(", ")}`);
      const unpruned = superfluousIn(root, KEEP);
      assert(
        unpruned.length === 0,
        `the retention keeps the newest ${KEEP}, but ${unpruned.join(", ")} are left`,
      );
    }
  }
}

function configWith(retention: Record<string, number>): StackConfig {
  return { stores: STORES, jobs: { data: { retention, full: FULLS, recheck: "10%" }, other: {} } };
}

function isLock(entry: string): boolean {
  return /\/\.locks\/[0-9a-f]+\.json$/.test(entry);
}

function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
