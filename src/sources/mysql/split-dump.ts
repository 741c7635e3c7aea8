/**
 * Parts what mysqldump or mariadb-dump writes into tables with their rows, and code: triggers, views, routines and events, which cannot
 * move from one database to another as tables can. What is for another database is told by the tool's own lines, outside of any body.
 */
import { HoldfastError } from "../../domain/errors.ts";
import { quoteName } from "./quoting.ts";

/** Of one database, as statements for the stock client that can be run by themselves, in any database. */
export interface Code {
  /** Triggers, routines and views. */
  body: string;
  events: string;
}

type Section = "header" | "tables" | "body" | "events";

/** More than any line that has to be known whole: it names a database at most. */
const HEAD_BYTES = 1024;
/** Code is held in memory until all of the tables are there. */
const CODE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
/** What the lines begin with that are not of rows or columns: `-`, `/`, `D`, `U`, `C`. */
const TELLING = new Set(["-", "/", "D", "U", "C"].map((letter) => letter.charCodeAt(0)));

const TITLES: readonly [RegExp, Section][] = [
  [/^-- (?:Table structure for table|Sequence structure for|Dumping data for table) /, "tables"],
  [/^-- (?:Temporary (?:table|view) structure|Final view structure) for view /, "body"],
  [/^-- Dumping routines for database /, "body"],
  [/^-- Dumping events for database /, "events"],
];
const DATABASE = /^-- Current Database: (`(?:[^`]|``)*`)/;
const OTHER_DATABASE = /^(USE |CREATE DATABASE (?:\/\*!32312 IF NOT EXISTS\*\/ )?)`(?:[^`]|``)*`/;
/** Only triggers have it, of what stands between tables. */
const OF_TRIGGER = /^\/\*!50003 /;
const TRAILER = /^\/\*!\d{5} SET [A-Z_]+=@OLD_/;

export class DumpSplitter {
  readonly #nameFor: (database: string) => string;
  readonly #parts = new Map<string, { body: Buffer[]; events: Buffer[] }>();
  readonly #header: Buffer[] = [];
  readonly #trailer: Buffer[] = [];
  #database = "";
  #section: Section = "header";
  #isInBody = false;
  #codeBytes = 0;
  /** Of a line that is not decided on yet. */
  #head: Buffer = Buffer.alloc(0);
  #isAtStart = true;
  /** Where the rest of the line goes. */
  #sink: (bytes: Buffer) => void = () => undefined;
  #tables: Buffer[] = [];

  /** `nameFor`: what a database of the dump is to be called, where the dump names any. */
  constructor(nameFor: (database: string) => string) {
    this.#nameFor = nameFor;
  }

  /** Gives what of it is of tables; the chunk's memory may be used again. */
  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline === -1 ? bytes.length : newline + 1;
      this.#add(bytes.subarray(at, end), newline !== -1);
      at = end;
    }
    return this.#taken();
  }

  finish(): Buffer {
    if (this.#head.length > 0) this.#decide(this.#head);
    return this.#taken();
  }

  /** By database; of a dump that names none, by the empty name. Known when the dump has ended. */
  get code(): ReadonlyMap<string, Code> {
    return new Map(
      [...this.#parts].map(([database, { body, events }]) => [
        database,
        { body: this.#whole(body), events: this.#whole(events) },
      ]),
    );
  }

  #whole(parts: readonly Buffer[]): string {
    if (parts.length === 0) return "";
    return Buffer.concat([...this.#header, ...parts, ...this.#trailer]).toString("utf8");
  }

  #add(piece: Buffer, isEnd: boolean): void {
    if (!this.#isAtStart) this.#sink(piece);
    else {
      const [first = 0] = this.#head.length === 0 ? piece : this.#head;
      const isRow = this.#section === "tables" && !this.#isInBody && !TELLING.has(first);
      this.#head = isRow ? piece : Buffer.concat([this.#head, piece]);
      if (!isRow && !isEnd && this.#head.length < HEAD_BYTES) return;
      const head = this.#head;
      this.#head = Buffer.alloc(0);
      this.#isAtStart = false;
      if (isRow) {
        this.#sink = this.#toTables;
        this.#sink(head);
      } else this.#decide(head);
    }
    this.#isAtStart = isEnd;
  }

  #decide(line: Buffer): void {
    const text = line.toString("utf8").trimEnd();
    this.#sink = this.#sinkFor(text);
    const other = this.#isInBody ? null : OTHER_DATABASE.exec(text);
    if (other === null) return this.#sink(line);
    const [whole, words = ""] = other;
    const rest = line.subarray(Buffer.byteLength(whole));
    this.#toTables(Buffer.from(`${words}${quoteName(this.#nameFor(this.#database))}`));
    this.#sink = this.#toTables;
    this.#toTables(rest);
  }

  #sinkFor(text: string): (bytes: Buffer) => void {
    if (text.startsWith("DELIMITER ")) {
      this.#isInBody = text !== "DELIMITER ;";
      return this.#toCode;
    }
    if (this.#isInBody) return this.#toCode;
    if (text.startsWith("-- ")) return this.#title(text);
    if (this.#section === "header") return this.#toBoth(this.#header);
    if (TRAILER.test(text)) return this.#toBoth(this.#trailer);
    if (this.#section === "tables" && !OF_TRIGGER.test(text)) return this.#toTables;
    return this.#toCode;
  }

  /** Titles themselves are wanted by nobody. */
  #title(text: string): (bytes: Buffer) => void {
    const [, named] = DATABASE.exec(text) ?? [];
    const section = named === undefined ? TITLES.find(([title]) => title.test(text))?.[1] : "tables";
    if (named !== undefined) this.#database = named.slice(1, -1).replaceAll("``", "`");
    this.#section = section ?? this.#section;
    return () => undefined;
  }

  readonly #toTables = (bytes: Buffer): void => void this.#tables.push(bytes);

  readonly #toCode = (bytes: Buffer): void => {
    let parts = this.#parts.get(this.#database);
    if (parts === undefined) this.#parts.set(this.#database, (parts = { body: [], events: [] }));
    this.#codeBytes += bytes.length;
    if (this.#codeBytes > CODE_BYTES) {
      throw new HoldfastError("source", {
        what: "Reading the views, triggers, routines and events of a dump",
        why: `they take more than ${CODE_BYTES} bytes`,
        next: "restore with --to DIRECTORY, and give the dump to the server's own client",
      });
    }
    (this.#section === "events" ? parts.events : parts.body).push(Buffer.from(bytes));
  };

  #toBoth(more: Buffer[]): (bytes: Buffer) => void {
    return (bytes) => {
      this.#toTables(bytes);
      more.push(Buffer.from(bytes));
    };
  }

  #taken(): Buffer {
    const taken = Buffer.concat(this.#tables);
    this.#tables = [];
    return taken;
  }
}
