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

  constructor() {
    this.#reading = this.#read();
    this.#reading.next();
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
    return { objects, facts: { ...facts, server: serverVersion, tool: toolVersion } };
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
      if (type === BLOCK_OF_DATA) yield* bytes.skipChunks();
      else if (type === BLOCK_OF_LARGE_OBJECTS) yield* this.#skipLargeObjects();
      else throw new Error(`it has a block of an unknown type (${type})`);
    }
  }

  *#skipLargeObjects(): Reading<void> {
    while ((yield* this.#bytes.int()) !== 0) {
      this.#largeObjects += 1;
      yield* this.#bytes.skipChunks();
    }
  }
}
