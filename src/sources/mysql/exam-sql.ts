/**
 * Looks at what mysqldump or mariadb-dump writes: it begins with the tool's header and ends, in its very last line, with what the tool
 * writes only when it has written all else. No row can have a line of its own like that: newlines in values are written as \n.
 */
import type { DumpExaminer, DumpFacts } from "../../dump/dump-kind.ts";
import { LINES_OF_ROWS, RowCounter } from "./count-rows.ts";
import { LineHeads } from "./line-heads.ts";

/** MySQL, MariaDB, and a proxy's name may stand there; the second line where the first one makes clients careful. */
const HEADER = /^-- \S+ dump \S+ +Distrib ([^,]+)/;
const CAREFUL = /^\/\*M?!999999\\- /;
const SERVER = /^-- Server version\s+(\S+)/;
const END = /^-- Dump completed(?: on \d{4}-\d\d-\d\d +\d{1,2}:\d\d:\d\d)?\r?$/;

/** Before each thing the tool says what it is, or takes away what is in its place. */
const TITLES = {
  tables: /^-- Table structure for table /,
  sequences: /^-- Sequence structure for /,
  views: /^-- Final view structure for view /,
  routines: /^\/\*!50003 DROP (?:PROCEDURE|FUNCTION|PACKAGE) /,
  triggers: /^\/\*!50003 CREATE\*\/ .*\btrigger\b/i,
  events: /^\/\*!50106 DROP EVENT /,
};
type Title = keyof typeof TITLES;

const DASH = 0x2d;
const SLASH = 0x2f;
/** Only there: a routine may say anything. */
const LINES_OF_HEADER = 12;

export class SqlDumpExaminer implements DumpExaminer {
  readonly #lines: LineHeads;
  readonly #rows = new RowCounter();
  #count = 0;
  #tool: string | undefined;
  #server = "unknown";
  #isAtEnd = false;
  readonly #counts: Record<Title, number> = {
    ...{ tables: 0, sequences: 0, views: 0, routines: 0, triggers: 0, events: 0 },
  };

  constructor() {
    this.#lines = new LineHeads(
      (first) => first === DASH || first === SLASH || LINES_OF_ROWS.has(first),
      (head, first) => this.#look(head, first),
    );
  }

  /** By table, as count-rows.ts tells them. */
  get rows(): ReadonlyMap<string, number> | undefined {
    return this.#rows.rows;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): DumpFacts {
    if (this.#tool === undefined) throw new Error("it ends within its first lines");
    if (!this.#isAtEnd || this.#lines.isWithinLine)
      throw new Error(
        'its last line is not "-- Dump completed" (which --skip-comments and --compact take away)',
      );
    const { tables, sequences, views, routines, events } = this.#counts;
    const objects = tables + sequences + views + routines + events;
    const { rows } = this;
    const counted = rows === undefined ? {} : { rows: rows.values().reduce((sum, count) => sum + count, 0) };
    return { objects, facts: { ...this.#counts, ...counted, server: this.#server, tool: this.#tool } };
  }

  #look(head: string, first: number | undefined): void {
    this.#count += 1;
    this.#isAtEnd = first === DASH && END.test(head);
    if (this.#count <= LINES_OF_HEADER) this.#lookAtHeader(head);
    this.#rows.look(head, first);
    if (first !== DASH && first !== SLASH) return;
    for (const [name, title] of Object.entries(TITLES))
      if (title.test(head)) this.#counts[name as Title] += 1;
  }

  #lookAtHeader(head: string): void {
    if (this.#tool === undefined) {
      this.#tool = HEADER.exec(head)?.[1];
      if (this.#tool === undefined && !(this.#count === 1 && CAREFUL.test(head)))
        throw new Error("it does not begin as what mysqldump or mariadb-dump writes");
      return;
    }
    this.#server = SERVER.exec(head)?.[1] ?? this.#server;
  }
}
