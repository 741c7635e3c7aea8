/**
 * Reads a dump of pg_dump's custom format on its way: header, table of contents, and each block of data to its end. Whole is one that
 * ends after a block, and in which every entry of the table of contents that has data had its block. Formats 1.12 (PostgreSQL 9.0) and
 * later, as src/bin/pg_dump/pg_backup_archiver.c and pg_backup_custom.c of PostgreSQL write and read them.
 */
import type { DumpExaminer, DumpFacts } from "../../dump/dump-kind.ts";
import { readToc, type Toc } from "./custom-toc.ts";
import { ByteStream, type Reading } from "./byte-stream.ts";

const BLOCK_OF_DATA = 1;
const BLOCK_OF_LARGE_OBJECTS = 3;

export class CustomDumpExaminer implements DumpExaminer {
  readonly #bytes = new ByteStream();
  readonly #reading: Reading<void>;
  #toc: Toc | undefined;
  #isBetweenBlocks = false;
  readonly #seen = new Set<number>();
  #largeObjects = 0;
  /** By the names of tables in statements; undefined of one that was not written by COPY. */
  readonly #rows = new Map<string, number | undefined>();

  constructor() {
    this.#reading = this.#read();
    this.#reading.next();
  }

  /** By the name of its table in a statement; undefined where that cannot be told of all. Known when the dump has ended. */
  get rows(): ReadonlyMap<string, number> | undefined {
    const known = [...this.#rows].flatMap(([table, rows]) =>
      rows === undefined ? [] : [[table, rows] as const],
    );
    return known.length === this.#rows.size ? new Map(known) : undefined;
  }

  push(chunk: Uint8Array): void {
    this.#bytes.give(chunk);
    this.#reading.next();
    this.#bytes.keepRest();
  }

  finish(): DumpFacts {
    const toc = this.#toc;
    if (toc === undefined) throw new Error("it ends within its table of contents");
    if (!this.#isBetweenBlocks || !this.#bytes.isEmpty) throw new Error("it ends within the data of a table");
    const missing = [...toc.withData.keys()].filter((id) => !this.#seen.has(id));
    const [first] = missing;
    if (first !== undefined)
      throw new Error(
        `the data of ${missing.length} of its entries are not in it, the first being ${toc.withData.get(first) ?? ""}`,
      );
    const { counts, serverVersion, toolVersion } = toc;
    const { TABLE: tables = 0, SEQUENCE: sequences = 0, VIEW: views = 0, FUNCTION: functions = 0 } = counts;
    const facts = { tables, sequences, views, functions, largeObjects: this.#largeObjects };
    const objects = tables + sequences + views + functions + this.#largeObjects;
    const { rows } = this;
    const counted = rows === undefined ? {} : { rows: rows.values().reduce((sum, count) => sum + count, 0) };
    return { objects, facts: { ...facts, ...counted, server: serverVersion, tool: toolVersion } };
  }

  *#read(): Reading<void> {
    const bytes = this.#bytes;
    this.#toc = yield* readToc(bytes);
    for (;;) {
      this.#isBetweenBlocks = true;
      const type = yield* bytes.byte();
      this.#isBetweenBlocks = false;
      const id = yield* bytes.int();
      if (!this.#toc.withData.has(id))
        throw new Error(`it has data of entry ${id}, which has none by its table of contents`);
      if (this.#seen.has(id)) throw new Error(`it has the data of entry ${id} twice`);
      this.#seen.add(id);
      if (type === BLOCK_OF_DATA) yield* this.#countRows(id);
      else if (type === BLOCK_OF_LARGE_OBJECTS) yield* this.#skipLargeObjects();
      else throw new Error(`it has a block of an unknown type (${type})`);
    }
  }

  /** Of one table several parts may have been dumped, as of a partition each into the whole of it. */
  *#countRows(id: number): Reading<void> {
    const count = yield* this.#bytes.copyChunks();
    const table = this.#toc?.tables.get(id);
    const name = table ?? `entry ${id}`;
    const before = this.#rows.has(name) ? this.#rows.get(name) : 0;
    const isKnown = table !== undefined && before !== undefined && count !== undefined;
    this.#rows.set(name, isKnown ? before + count : undefined);
  }

  *#skipLargeObjects(): Reading<void> {
    while ((yield* this.#bytes.int()) !== 0) {
      this.#largeObjects += 1;
      yield* this.#bytes.skipChunks();
    }
  }
}
