/** Looks at a dump of pg_dump's plain format, or at the roles of a cluster, for the line that it ends with. */
import type { DumpExaminer, DumpFacts } from "../../dump/dump-kind.ts";

const ENDS = {
  database: "-- PostgreSQL database dump complete",
  cluster: "-- PostgreSQL database cluster dump complete",
} as const;

/** The versions stand in the first lines. */
const HEAD_BYTES = 4096;
/** What may follow the line: blank lines, and a \unrestrict with its token. */
const TAIL_BYTES = 1024;
/** Before each object pg_dump says what it is. */
const TITLES = {
  tables: "; Type: TABLE; ",
  sequences: "; Type: SEQUENCE; ",
  views: "; Type: VIEW; ",
  functions: "; Type: FUNCTION; ",
};
const TITLE_LINE = "\n-- Name: ";
const TITLE_BYTES = 512;

export class PlainDumpExaminer implements DumpExaminer {
  readonly #what: keyof typeof ENDS;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  readonly #counts = { tables: 0, sequences: 0, views: 0, functions: 0 };

  constructor(what: keyof typeof ENDS) {
    this.#what = what;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.#head.length < HEAD_BYTES)
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD_BYTES - this.#head.length)]);
    if (this.#what === "database") this.#countTitles(bytes);
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
  }

  finish(): DumpFacts {
    const lines = this.#tail.toString("utf8").split("\n");
    const end = lines.lastIndexOf(ENDS[this.#what]);
    const isEnd = (line: string): boolean =>
      line === "--" || line.trim() === "" || line.startsWith("\\unrestrict ");
    if (end === -1 || !lines.slice(end + 1).every(isEnd))
      throw new Error(`it does not end with the line "${ENDS[this.#what]}"`);
    if (this.#what === "cluster") return { objects: 0, facts: {} };
    const head = this.#head.toString("utf8");
    const versions = {
      server: /^-- Dumped from database version (.+)$/m.exec(head)?.[1] ?? "unknown",
      tool: /^-- Dumped by pg_dump version (.+)$/m.exec(head)?.[1] ?? "unknown",
    };
    const objects = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    return { objects, facts: { ...this.#counts, ...versions } };
  }

  /** A title that lies across two chunks is looked for in what was kept of the one before. */
  #countTitles(bytes: Buffer): void {
    const before = this.#tail.subarray(-TITLE_BYTES);
    const seam = Buffer.concat([before, bytes.subarray(0, TITLE_BYTES)]);
    // Those that begin before the chunk, and are whole only with it.
    this.#count(seam, 0, before.length, before.length);
    this.#count(bytes, 0, Math.max(0, bytes.length), 0);
  }

  #count(bytes: Buffer, from: number, to: number, wholeBefore: number): void {
    for (
      let at = bytes.indexOf(TITLE_LINE, from);
      at !== -1 && at < to;
      at = bytes.indexOf(TITLE_LINE, at + 1)
    ) {
      const lineEnd = bytes.indexOf("\n", at + 1);
      // Not whole yet, or counted with the chunk before.
      if (lineEnd === -1 || lineEnd < wholeBefore) continue;
      const line = bytes.toString("utf8", at, lineEnd);
      for (const [name, title] of Object.entries(TITLES))
        if (line.includes(title)) this.#counts[name as keyof typeof TITLES] += 1;
    }
  }
}
