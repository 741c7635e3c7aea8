/** One captured database, plain or encrypted, with every block in use, and what a check says of it with one bit flipped. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { DuckDBInstance } from "@duckdb/node-api";

import { checkDuckdb } from "../../../src/capture/duckdb/check/check-duckdb.ts";
import type { DatabaseVerdict } from "../../../src/capture/database-verdict.ts";
import { systemClock } from "../../../src/observability/system-clock.ts";
import { makeDuckdb, makeEncryptedDuckdb } from "../../fakes/duckdb-file.ts";

const HEADERS = 12_288;
const BLOCK = 262_144;
const KEY = "the key of the rig";

/** Nothing is ever deleted, so that no block is free: the one that would be is not there. */
const TABLES = [
  "CREATE TABLE items (id INTEGER PRIMARY KEY, kind INTEGER, label VARCHAR, weight DOUBLE)",
  "INSERT INTO items SELECT i, i % 100, md5(i::VARCHAR) || sha256(i::VARCHAR), random() FROM range(20000) r(i)",
  "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR UNIQUE, balance INTEGER)",
  "INSERT INTO accounts SELECT i, 'n' || i, 1000 FROM range(1000) r(i)",
  "CHECKPOINT",
];
const COMMITS = Array.from(
  { length: 5 },
  (_, at) =>
    `INSERT INTO accounts SELECT i, 'w' || i, 0 FROM range(${2000 + at * 100}, ${2020 + at * 100}) r(i)`,
);

export const REGIONS = ["header", "metadata", "data", "index", "wal"] as const;
export type Region = (typeof REGIONS)[number];

/**
 * `cut`: a record of an encrypted log seems to reach past its end, and is taken for the torn one that a killed writer leaves. Opening
 * it does not tell; the size and digest of the log that the capture noted do. `harmless`: in a bit of the log's beginning that
 * DuckDB does not look at: nothing is lost.
 */
export type Outcome = "found" | "cut" | "harmless" | "missed";

const ROWS = 20_000 + 1000 + COMMITS.length * 20;

export class FlipRig {
  readonly path: string;
  readonly #key: string | undefined;
  readonly #regions = new Map<Region, { file: string; from: number; length: number }[]>();

  constructor(root: string, { isEncrypted = false } = {}) {
    this.path = join(root, isEncrypted ? "encrypted.duckdb" : "plain.duckdb");
    this.#key = isEncrypted ? KEY : undefined;
  }

  async prepare(): Promise<void> {
    const statements = [...TABLES, ...COMMITS];
    if (this.#key === undefined) await makeDuckdb(this.path, statements);
    else await makeEncryptedDuckdb(this.path, this.#key, statements);
    await this.#learnRegions();
    const verdict = await this.check();
    if (verdict.state !== "sound") throw new Error(`there is damage before any flip: ${verdict.why}`);
  }

  async check(): Promise<DatabaseVerdict> {
    const { signal } = new AbortController();
    const key = this.#key;
    return checkDuckdb({ path: this.path, level: "full", key, timeout: 60_000, clock: systemClock, signal });
  }

  /** What the check makes of one flipped bit in the region, which is put right again after it. */
  async checkFlipped(region: Region, random: () => number): Promise<{ outcome: Outcome; at: string }> {
    const spans = this.#regions.get(region) ?? [];
    const span = spans[Math.floor(random() * spans.length)];
    if (span === undefined) throw new Error(`the database has no ${region}`);
    const bytes = readFileSync(span.file);
    const offset = span.from + Math.floor(random() * span.length);
    const bit = 1 << Math.floor(random() * 8);
    bytes[offset] = (bytes[offset] ?? 0) ^ bit;
    writeFileSync(span.file, bytes);
    try {
      return {
        outcome: this.#outcomeOf(await this.check(), region),
        at: `bit ${bit} of byte ${offset} of ${span.file}`,
      };
    } finally {
      bytes[offset] = (bytes[offset] ?? 0) ^ bit;
      writeFileSync(span.file, bytes);
    }
  }

  /** Right blocks in wrong places, and put back: what DuckDB makes of those is not to be known. */
  async checkSwapped(random: () => number): Promise<DatabaseVerdict> {
    const whole = readFileSync(this.path);
    const count = Math.floor((whole.length - HEADERS) / BLOCK);
    const one = Math.floor(random() * count);
    const other = (one + 1 + Math.floor(random() * (count - 1))) % count;
    const [from, to] = [HEADERS + one * BLOCK, HEADERS + other * BLOCK];
    const swapped = Buffer.from(whole);
    whole.copy(swapped, from, to, to + BLOCK);
    whole.copy(swapped, to, from, from + BLOCK);
    writeFileSync(this.path, swapped);
    try {
      return await this.check();
    } finally {
      writeFileSync(this.path, whole);
    }
  }

  async #learnRegions(): Promise<void> {
    const { metadata, data, total, free } = await this.#askBlocks();
    if (free > 0) throw new Error(`${free} blocks are free, and a flip in one of them is no damage`);
    const spans = (blocks: number[]) =>
      blocks.map((block) => ({ file: this.path, from: HEADERS + block * BLOCK, length: BLOCK }));
    const others = Array.from({ length: total }, (_, block) => block).filter(
      (block) => !metadata.includes(block) && !data.includes(block),
    );
    const wal = `${this.path}.wal`;
    this.#regions.set("header", [{ file: this.path, from: 0, length: HEADERS }]);
    this.#regions.set("metadata", spans(metadata));
    this.#regions.set("data", spans(data));
    this.#regions.set("index", spans(others));
    this.#regions.set("wal", [{ file: wal, from: 0, length: readFileSync(wal).length }]);
  }

  async #askBlocks(): Promise<{ metadata: number[]; data: number[]; total: number; free: number }> {
    const instance = await DuckDBInstance.create(":memory:");
    try {
      const connection = await instance.connect();
      const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
      const key = this.#key === undefined ? "" : `, ENCRYPTION_KEY '${this.#key}'`;
      await connection.run(`ATTACH '${this.path}' AS it (READ_ONLY${key})`);
      await connection.run("USE it");
      const blocksOf = async (sql: string) =>
        (await ask(sql)).map(({ block_id }) => Number(block_id)).filter((block) => block >= 0);
      const data = await Promise.all(
        ["items", "accounts"].map((table) =>
          blocksOf(`SELECT DISTINCT block_id FROM pragma_storage_info('${table}') WHERE persistent`),
        ),
      );
      const metadata = await blocksOf("SELECT DISTINCT block_id FROM pragma_metadata_info()");
      const sizes = await ask("SELECT * FROM pragma_database_size() WHERE database_name = 'it'");
      const { total_blocks, free_blocks } = sizes[0] ?? {};
      return { metadata, data: data.flat(), total: Number(total_blocks), free: Number(free_blocks) };
    } finally {
      instance.closeSync();
    }
  }

  #outcomeOf(verdict: DatabaseVerdict, region: Region): Outcome {
    if (verdict.state === "damaged") return "found";
    if (verdict.state === "unverified" || region !== "wal" || this.#key === undefined) return "missed";
    const rows = verdict.facts.tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
    return rows < ROWS ? "cut" : "harmless";
  }
}
