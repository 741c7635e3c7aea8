/** Opens databases of a restored tree that are named, to see that they are sound. */
import { Buffer } from "node:buffer";
import { open } from "node:fs/promises";
import type { DatabasesCheck } from "../../domain/drill-check.ts";
import type { DatabaseKind } from "../../domain/embedded-database.ts";
import type { DatabaseOpener } from "../../ports/database-opener.ts";
import { resolveIn } from "./check-files.ts";

export interface OpeningDatabases {
  opener: DatabaseOpener;
  /** For copies. */
  scratch: string;
  /** Told of what cannot be looked into here, which is no fault of the point's. */
  warn: (message: string) => void;
  signal: AbortSignal;
}

/** One sentence for each that is not as it should be. */
export async function problemsOfDatabases(
  root: string,
  { paths }: DatabasesCheck,
  { opener, scratch, warn, signal }: OpeningDatabases,
): Promise<string[]> {
  const problems: string[] = [];
  for (const path of paths) {
    const found = await resolveIn(root, path);
    const kind = "real" in found ? await kindOf(found.real) : undefined;
    if ("problem" in found) problems.push(found.problem);
    else if (kind === undefined) problems.push(`${path} is no DuckDB or SQLite database.`);
    else {
      const database = { kind, path: Buffer.from(found.real), scratch, key: undefined, signal };
      const opened = await opener.open({ ...database, level: "full" });
      if (opened.state === "damaged") problems.push(`The database ${path} does not open: ${opened.why}.`);
      if (opened.state === "unverified") warn(`The database ${path} could not be opened: ${opened.why}.`);
    }
  }
  return problems;
}

/** https://www.sqlite.org/fileformat2.html#magic_header_string; DuckDB's is behind a checksum of 8 bytes. */
export async function kindOf(path: string): Promise<DatabaseKind | undefined> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(16);
    if (!(await file.stat()).isFile()) return undefined;
    await file.read(head, 0, head.length, 0);
    if (head.toString("latin1") === "SQLite format 3\0") return "sqlite";
    return head.toString("latin1", 8, 12) === "DUCK" ? "duckdb" : undefined;
  } finally {
    await file.close();
  }
}
