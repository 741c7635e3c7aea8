/** What the commit record and the metrics tell of the databases of one capture. */
import type { CaptureFacts } from "../../../capture/database-capture.ts";
import type { DatabaseVerdict } from "../../../capture/database-verdict.ts";
import type { DatabaseKind, DatabaseState } from "../../../domain/embedded-database.ts";

/** Of one database. */
export interface DatabaseRecord extends CaptureFacts {
  path: string;
  kind: DatabaseKind;
  /** Bytes of all its members. */
  bytes: number;
  /** How it was read before it counted; `off`: not at all. */
  verify: "full" | "light" | "off";
  verdict?: DatabaseVerdict | undefined;
  /** The format of the export that the point also holds. */
  exported?: "parquet" | undefined;
}

/** A record has to stay small, however many there are. */
const MAX_RECORDED = 100;
const MAX_TABLES = 20;

/** Of all databases of a capture, in the order in which they were met. */
export class DatabaseRecords {
  readonly #recorded: DatabaseRecord[] = [];
  readonly #states: Partial<Record<DatabaseKind, Partial<Record<DatabaseState, number>>>> = {};
  #count = 0;

  add(record: DatabaseRecord): void {
    this.#count += 1;
    const { kind, verdict } = record;
    const states = (this.#states[kind] ??= {});
    const state = verdict === undefined || verdict.state === "damaged" ? "unchecked" : verdict.state;
    states[state] = (states[state] ?? 0) + 1;
    if (this.#recorded.length < MAX_RECORDED) this.#recorded.push(shortened(record));
  }

  /** For `capture` in the commit record; nothing where there were none. */
  facts(): Record<string, unknown> {
    if (this.#count === 0) return {};
    return { databases: this.#recorded, databaseCount: this.#count, databaseStates: this.#states };
  }
}

function shortened(record: DatabaseRecord): DatabaseRecord {
  const { verdict } = record;
  if (verdict === undefined || verdict.state === "damaged" || verdict.facts === undefined) return record;
  const { facts } = verdict;
  return {
    ...record,
    verdict: { ...verdict, facts: { ...facts, tables: facts.tables.slice(0, MAX_TABLES) } },
  };
}
