/** The headers of a DuckDB database's main file: a checkpoint ends by writing one of them. */
import { CannotCapture } from "../live/cannot-capture.ts";
import type { LiveFile } from "../live/live-file.ts";

/** The main header and the two database headers, of which one is the valid one by turns. */
const HEADERS = 3 * 4096;
const MAGIC = Buffer.from("DUCK");
const MAGIC_AT = 8;

/** Of a file that any writing must change. Throws where it has none, or not yet. */
export async function readHeaders({ handle }: LiveFile): Promise<Buffer> {
  const headers = Buffer.alloc(HEADERS);
  let length = 0;
  for (let got = 1; length < HEADERS && got > 0; length += got) {
    got = (await handle.read(headers, length, HEADERS - length, length)).bytesRead;
  }
  if (length < HEADERS || !MAGIC.equals(headers.subarray(MAGIC_AT, MAGIC_AT + MAGIC.length))) {
    const why = length < HEADERS ? `it has only ${length} bytes` : "it does not begin as one";
    throw new CannotCapture("not-a-database", `it is no DuckDB database, or not yet: ${why}`);
  }
  return headers;
}
