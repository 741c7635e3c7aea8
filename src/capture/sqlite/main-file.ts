/** The main file of a live SQLite database. */
import { CannotCapture } from "../live/cannot-capture.ts";
import type { LiveFile } from "../live/live-file.ts";

const MAGIC = Buffer.from("SQLite format 3\0");
const HEADER = 100;
/** Which way of writing a reader has to know: 1 a journal, 2 a log. */
const READ_VERSION_AT = 19;
const LOG = 2;

/** Throws where it is none, or not yet. */
export async function usesLog({ handle }: LiveFile): Promise<boolean> {
  const header = Buffer.alloc(HEADER);
  const { bytesRead } = await handle.read(header, 0, HEADER, 0);
  if (bytesRead < HEADER || !MAGIC.equals(header.subarray(0, MAGIC.length)))
    throw new CannotCapture("not-a-database", "it is no SQLite database, or not yet");
  return header[READ_VERSION_AT] === LOG;
}
