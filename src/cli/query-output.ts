/** An answer of a database as a table, as CSV (RFC 4180) or as JSON; the last two row by row. */
import type { Answer } from "../capture/query/query-database.ts";
import type { Cell } from "../capture/query/rows-file.ts";
import { formatTable } from "./table.ts";
import { printLine, write, type Terminal } from "./terminal.ts";

export interface Result extends Answer {
  rows: AsyncIterable<Cell[]>;
}

export async function printTable(terminal: Terminal, { columns, rows }: Result): Promise<void> {
  const all: Cell[][] = [];
  for await (const row of rows) all.push(row);
  const titled = columns.map((title, at) => ({
    title: oneLine(title),
    value: (row: Cell[]) => textOf(row[at], "NULL"),
    ...(all.length > 0 && all.every((row) => row[at] === null || typeof row[at] === "number")
      ? { align: "right" as const }
      : {}),
  }));
  await printLine(terminal, formatTable(all, titled));
}

/** A name may hold anything. */
function oneLine(title: string): string {
  return title.replace(/\p{Cc}/gu, " ");
}

function textOf(cell: Cell, ofNull: string): string {
  if (cell === null || cell === undefined) return ofNull;
  return typeof cell === "string" ? cell : JSON.stringify(cell);
}

export async function printCsv(terminal: Terminal, { columns, rows }: Result): Promise<void> {
  await write(terminal.stdout, csvLine(columns));
  for await (const row of rows) await write(terminal.stdout, csvLine(row));
}

function csvLine(cells: readonly Cell[]): string {
  return `${cells.map((cell) => quotedCell(textOf(cell, ""))).join(",")}\n`;
}

function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export async function printRowsJson(
  terminal: Terminal,
  { columns, rows, rowCount, isCut }: Result,
): Promise<void> {
  const names = distinct(columns);
  const head = JSON.stringify({ columns: names, rowCount, isCut }).slice(0, -1);
  await write(terminal.stdout, `${head},"rows":[`);
  let separator = "\n";
  for await (const row of rows) {
    const line = JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at]])));
    await write(terminal.stdout, separator + line);
    separator = ",\n";
  }
  await write(terminal.stdout, "\n]}\n");
}

/** A second column of a name gets a number. */
function distinct(columns: readonly string[]): string[] {
  const names: string[] = [];
  for (const column of columns) {
    let name = column;
    for (let count = 1; names.includes(name); count += 1) name = `${column}:${count}`;
    names.push(name);
  }
  return names;
}
