/** Asks a copy of a DuckDB database one question. In a child process only. */
import { DuckDBTypeId, type DuckDBConnection, type DuckDBResult, type Json } from "@duckdb/node-api";

import { messageOf } from "../../../domain/errors.ts";
import type { QueryReply, QueryRequest } from "../../query/query-request.ts";
import { integerCell, RowsFile } from "../../query/rows-file.ts";
import { mustBeWritable } from "../check/explain-refusal.ts";
import { openCapture, withoutKey } from "../check/open-capture.ts";
import { CAPTURE, quoted } from "../check/sql-words.ts";

const MOST_MESSAGE = 2000;

export async function askDuckdb(request: QueryRequest): Promise<QueryReply> {
  try {
    return await answer(await opened(request), request);
  } catch (error) {
    return { state: "refused", message: withoutKey(messageOf(error), request.key).slice(0, MOST_MESSAGE) };
  }
}

/** Read-only. A log that cannot be replayed so is taken into the copy first, which is nobody else's. */
async function opened(request: QueryRequest): Promise<DuckDBConnection> {
  const spill = `${request.path}.spill`;
  try {
    return await openCapture({ ...request, isSpare: false, spill });
  } catch (error) {
    if (!mustBeWritable(messageOf(error))) throw error;
    const connection = await openCapture({ ...request, isSpare: true });
    await connection.run(`CHECKPOINT ${quoted(CAPTURE)}`);
    await connection.run(`DETACH ${quoted(CAPTURE)}`);
    connection.closeSync();
    return openCapture({ ...request, isSpare: false, spill });
  }
}

async function answer(
  connection: DuckDBConnection,
  { sql, rowsPath, maxRows }: QueryRequest,
): Promise<QueryReply> {
  await connection.run(`USE ${quoted(CAPTURE)}`);
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1)
    return { state: "refused", message: `one statement is asked for, and these are ${statements.count}` };
  const result = await connection.stream(sql);
  const rows = new RowsFile(rowsPath, maxRows);
  await writeRows(result, rows);
  rows.close();
  const { rowCount, isCut } = rows;
  return { state: "answered", columns: result.columnNames(), rowCount, isCut };
}

const INTEGERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

async function writeRows(result: DuckDBResult, rows: RowsFile): Promise<void> {
  const isInteger = result.columnTypes().map(({ typeId }) => INTEGERS.has(typeId));
  const cellOf = (cell: Json, at: number) =>
    isInteger[at] === true && typeof cell === "string" ? integerCell(BigInt(cell)) : cell;
  for await (const block of result.yieldRowsJson()) {
    for (const row of block) if (!rows.add(row.map(cellOf))) return;
  }
}
