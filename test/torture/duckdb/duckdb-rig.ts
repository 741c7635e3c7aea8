/**
 * A live writer and captures of its database. Of each capture: it opens, everything in it can be read, its invariants hold, and
 * no commit that was acknowledged before the capture began is missing.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { CaptureFacts, DatabaseOrder } from "../../../src/capture/database-capture.ts";
import type { Hold } from "../../../src/ports/source.ts";
import { captureDuckdb } from "../../../src/capture/duckdb/capture-duckdb.ts";
import { WalScan } from "../../../src/capture/duckdb/wal-scan.ts";
import { SIDE_FILES } from "../../../src/domain/embedded-database.ts";
import { systemClock } from "../../../src/observability/system-clock.ts";
import { LiveWriter } from "./live-writer.ts";
import type { Load, WriterOrder } from "./loads.ts";
import { readCopy } from "./read-copy.ts";

/** `failed`: no capture came about; `wrong`: it cannot be, or not be read; `lost`: commits are missing. */
export type Outcome = "right" | "failed" | "wrong" | "lost";

export interface DuckdbTrial {
  outcome: Outcome;
  /** Of all but `failed`. */
  facts?: CaptureFacts;
  /** From the order to the copies. */
  ms: number;
  why?: string;
}

const AWAIT_CHECKPOINT_MS = 5000;

export class DuckdbRig {
  readonly #directory: string;
  readonly #random: () => number;
  readonly #order: WriterOrder;
  readonly #scratch: string;
  #writer: LiveWriter | undefined;

  /** In that directory, which is not removed. */
  constructor(directory: string, load: Load, random: () => number) {
    this.#directory = directory;
    this.#random = random;
    this.#scratch = join(directory, "scratch");
    mkdirSync(this.#scratch, { recursive: true });
    this.#order = {
      load,
      database: join(directory, "live.duckdb"),
      acknowledged: join(directory, "acknowledged"),
      key: load === "encrypted" ? "a key" : undefined,
      seed: 0,
    };
  }

  async start(): Promise<void> {
    const seed = Math.floor(this.#random() * 2 ** 31);
    this.#writer = new LiveWriter({ ...this.#order, seed });
    await this.#writer.ready();
  }

  async dispose(): Promise<void> {
    await this.#writer?.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async end(): Promise<void> {
    await this.#writer?.end();
  }

  async trial(rule: DatabaseOrder["rule"]): Promise<DuckdbTrial> {
    const acknowledged = this.#live.acknowledged;
    const startedAt = performance.now();
    const ms = () => performance.now() - startedAt;
    const captured = await this.#capture(rule, this.#live.freeze).catch((error: Error) => error);
    if (captured instanceof Error) return { outcome: "failed", ms: ms(), why: captured.message };
    const took = { facts: captured.facts, ms: ms() };
    this.#live.check();
    try {
      // The machine has better to do meanwhile than to write.
      const { value } = await this.#live.freeze(() => this.#read(captured.members[0]?.path ?? ""));
      const { commits } = value;
      if (commits >= acknowledged) return { outcome: "right", ...took };
      return { outcome: "lost", ...took, why: `${acknowledged} were acknowledged, ${commits} are there` };
    } catch (error) {
      return { outcome: "wrong", ...took, why: error instanceof Error ? error.message : "" };
    } finally {
      this.#emptyScratch();
    }
  }

  /**
   * Kills the writer at a moment when a checkpoint runs, captures what it left, and has DuckDB recover from both. Undefined
   * where it was in none. The writer runs again then.
   */
  async killInCheckpoint(): Promise<{ isSame: boolean; tries: number } | undefined> {
    const isLeft = await this.#killInCheckpoint();
    const nobody: Hold = async (work) => ({ value: await work(new AbortController().signal), heldMs: 0 });
    const captured = isLeft ? await this.#capture("optimistic", nobody) : undefined;
    const result = captured && {
      isSame: await this.#recoversAlike(captured.members[0]?.path ?? ""),
      tries: captured.facts.tries,
    };
    this.#emptyScratch();
    await this.start();
    return result;
  }

  async #recoversAlike(capture: string): Promise<boolean> {
    const own = join(this.#scratch, "own");
    for (const suffix of ["", ...SIDE_FILES.duckdb]) {
      if (existsSync(this.#order.database + suffix))
        copyFileSync(this.#order.database + suffix, own + suffix);
    }
    const [expected, seen] = [await this.#read(own, false), await this.#read(capture, false)];
    return expected.digest === seen.digest && seen.commits >= this.#live.acknowledged;
  }

  /** Tells whether the writer was in a checkpoint. */
  async #killInCheckpoint(): Promise<boolean> {
    const { database } = this.#order;
    for (const deadline = performance.now() + AWAIT_CHECKPOINT_MS; performance.now() < deadline;) {
      // Without a break: most checkpoints take a few milliseconds. A look at the held writer is certain.
      await new Promise((resolve) => setImmediate(resolve));
      if (!isInCheckpoint(database)) continue;
      const { value } = await this.#live.freeze(async () => {
        if (isInCheckpoint(database)) await this.#live.kill();
        return isInCheckpoint(database);
      });
      if (value) return true;
    }
    await this.#live.kill();
    return false;
  }

  async #capture(rule: DatabaseOrder["rule"], freeze: Hold) {
    return captureDuckdb({
      path: Buffer.from(this.#order.database),
      scratch: this.#scratch,
      clock: systemClock,
      random: this.#random,
      signal: new AbortController().signal,
      ...{ rule, freeze },
    });
  }

  async #read(database: string, readOnly = this.#random() < 0.7) {
    return readCopy({ database, key: this.#order.key, readOnly });
  }

  get #live(): LiveWriter {
    if (this.#writer === undefined) throw new Error("The writer was not started.");
    return this.#writer;
  }

  #emptyScratch(): void {
    rmSync(this.#scratch, { recursive: true });
    mkdirSync(this.#scratch);
  }
}

function isInCheckpoint(database: string): boolean {
  if (existsSync(`${database}.wal.checkpoint`) || existsSync(`${database}.wal.recovery`)) return true;
  const scan = new WalScan();
  try {
    scan.push(readFileSync(`${database}.wal`));
  } catch {
    // A checkpoint has just removed it.
  }
  return scan.state === "checkpoint";
}
