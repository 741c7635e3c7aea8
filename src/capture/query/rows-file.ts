/** Rows of an answer on their way from the process that reads them: one JSON array a line, so that none has to be in memory with all others. */
import { closeSync, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";

/** What JSON can hold. */
export type Cell = unknown;

const BLOCK = 256 * 1024;

export class RowsFile {
  readonly #fd: number;
  readonly #maxRows: number;
  #lines: string[] = [];
  #length = 0;
  rowCount = 0;
  /** A row came that was one too many. */
  isCut = false;

  constructor(path: string, maxRows: number) {
    this.#fd = openSync(path, "wx", 0o600);
    this.#maxRows = maxRows;
  }

  /** False when no more are wanted. */
  add(row: readonly Cell[]): boolean {
    if (this.rowCount === this.#maxRows) {
      this.isCut = true;
      return false;
    }
    const line = `${JSON.stringify(row)}\n`;
    this.rowCount += 1;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= BLOCK) this.#flush();
    return true;
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    const block = Buffer.from(this.#lines.join(""));
    for (let at = 0; at < block.length;) at += writeSync(this.#fd, block, at);
    this.#lines = [];
    this.#length = 0;
  }
}

export async function* readRows(path: string): AsyncGenerator<Cell[]> {
  const file = await open(path, "r");
  try {
    for await (const line of file.readLines()) yield JSON.parse(line) as Cell[];
  } finally {
    await file.close();
  }
}

/** A number where that says the same; text where digits would be lost. */
export function integerCell(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
