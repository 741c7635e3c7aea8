/** Asks a copy of a SQLite database one question. In a child process only. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { pathToFileURL } from "node:url";

import { SIDE_FILES } from "../../../domain/embedded-database.ts";
import { messageOf } from "../../../domain/errors.ts";
import type { QueryReply, QueryRequest } from "../../query/query-request.ts";
import { integerCell, RowsFile, type Cell } from "../../query/rows-file.ts";
import { recoverCopy } from "../open-copy.ts";

export async function askCopy(request: QueryRequest): Promise<QueryReply> {
  try {
    return answer(opened(request), request);
  } catch (error) {
    return { state: "refused", message: messageOf(error) };
  }
}

const MIB = 1024 * 1024;
/** Of the memory: a few values are there at once. */
const LONGEST = 1 / 4;

/** Read-only, and with no way to another file. */
function opened({ path, memoryLimitMiB }: QueryRequest): DatabaseSync {
  // Where nothing else can be written, SQLite puts its temporary files into the current directory.
  process.chdir(dirname(path));
  if (SIDE_FILES.sqlite.some((suffix) => existsSync(path + suffix))) recoverCopy(path);
  const url = pathToFileURL(path);
  url.search = "?mode=ro&immutable=1";
  const database = new DatabaseSync(url, {
    ...{ readOnly: true, allowExtension: false, enableForeignKeyConstraints: false },
    // The only memory of a statement that has no bound of its own is that of its longest values: the rest goes to files.
    limits: { attach: 0, length: memoryLimitMiB * MIB * LONGEST },
  });
  database.exec("PRAGMA trusted_schema = OFF; PRAGMA temp_store = FILE");
  return database;
}

function answer(database: DatabaseSync, { sql, rowsPath, maxRows }: QueryRequest): QueryReply {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const rows = new RowsFile(rowsPath, maxRows);
  for (const row of statement.iterate()) if (!rows.add(cellsOf(row))) break;
  rows.close();
  const { rowCount, isCut } = rows;
  return { state: "answered", columns: statement.columns().map(({ name }) => name), rowCount, isCut };
}

/** Typed as an object, whatever form was asked for. */
function cellsOf(row: unknown): Cell[] {
  return (row as SQLOutputValue[]).map((value) => {
    if (typeof value === "bigint") return integerCell(value);
    return value instanceof Uint8Array ? `X'${Buffer.from(value).toString("hex").toUpperCase()}'` : value;
  });
}
