/** Databases whose capture is a copy of their files, and what a test wants beside that. */
import { copyFileSync, existsSync, lstatSync } from "node:fs";
import { join } from "node:path";

import type { CapturedDatabase, DatabaseOrder } from "../../src/capture/database-capture.ts";
import type { DatabaseVerdict } from "../../src/capture/database-verdict.ts";
import { SIDE_FILES, type DatabaseKind } from "../../src/domain/embedded-database.ts";
import type {
  CheckOrder,
  DatabaseDriver,
  HeldCapture,
  HeldOrder,
} from "../../src/sources/volume/databases/database-driver.ts";
import type { DatabaseParts } from "../../src/sources/volume/databases/with-databases.ts";
import { DEFAULT_RULE } from "../../src/sources/volume/databases/database-rule.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeMachine } from "./process-tables.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export class CopyingDriver implements DatabaseDriver {
  readonly orders: (HeldOrder & Partial<DatabaseOrder>)[] = [];
  readonly checks: CheckOrder[] = [];
  /** What the next checks find; afterwards everything is sound. */
  verdicts: DatabaseVerdict[] = [];
  /** How often it is caught in a checkpoint while it is held. */
  checkpoints = 0;
  /** Called before the copy. */
  before: (order: HeldOrder) => void = () => undefined;
  readonly #kind: DatabaseKind;

  constructor(kind: DatabaseKind) {
    this.#kind = kind;
  }

  async capture(order: DatabaseOrder): Promise<CapturedDatabase> {
    this.orders.push(order);
    if (order.rule === "optimistic") return this.#copy(order, { mode: "optimistic" });
    const held = await order.freeze?.(async () => this.#copy(order, { mode: "frozen" }));
    if (held === undefined) throw new Error(`nobody held: ${order.cannotFreezeBecause}`);
    return { ...held.value, facts: { ...held.value.facts, heldMs: held.heldMs } };
  }

  async captureHeld(order: HeldOrder): Promise<HeldCapture | "checkpointing"> {
    this.orders.push(order);
    if (this.checkpoints-- > 0) return "checkpointing";
    const captured = this.#copy(order, { mode: "frozen" });
    return { finish: async () => captured };
  }

  async check(order: CheckOrder): Promise<DatabaseVerdict> {
    this.checks.push(order);
    return this.verdicts.shift() ?? { state: "sound", facts: SOUND };
  }

  #copy(order: HeldOrder, { mode }: { mode: "optimistic" | "frozen" }): CapturedDatabase {
    this.before(order);
    const { path, scratch } = order;
    const suffixes = ["", ...SIDE_FILES[this.#kind]].filter((suffix) =>
      existsSync(`${path.toString()}${suffix}`),
    );
    const members = suffixes.map((suffix) => {
      const from = `${path.toString()}${suffix}`;
      const copy = join(scratch, `main${suffix}`);
      copyFileSync(from, copy);
      return { suffix, path: copy, stats: lstatSync(from, { bigint: true }) };
    });
    return { members, facts: { mode, tries: 1, cloned: false } };
  }
}

const SOUND = { encrypted: false, tables: [], tableCount: 0, viewCount: 0, walBytes: 0 };

/** Those of a volume source; `drivers` are the test's own. */
export function databaseParts(of: Partial<DatabaseParts> = {}): DatabaseParts & {
  drivers: Record<DatabaseKind, CopyingDriver>;
} {
  return {
    together: false,
    ruleOf: () => DEFAULT_RULE,
    clock: new FakeClock(0),
    random: () => 0,
    scratch: join(temporaryDirectory(), "scratch"),
    processes: new FakeMachine().startProcess(),
    ...of,
    drivers: { duckdb: new CopyingDriver("duckdb"), sqlite: new CopyingDriver("sqlite") },
  };
}

/** Bytes that begin as a file of DuckDB or SQLite does. */
export function databaseFile(kind: DatabaseKind, content: string): Buffer {
  const file = Buffer.alloc(12_288, content);
  if (kind === "sqlite") file.write("SQLite format 3\0", 0, "latin1");
  else {
    file.write("DUCK", 8, "latin1");
    file.writeBigUInt64LE(64n, 12);
  }
  return file;
}
