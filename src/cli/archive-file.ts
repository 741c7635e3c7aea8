/** An archive as a file or on standard input, with what the commit record beside it says of it. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readFile, stat, type FileHandle } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { basename, dirname, join, resolve } from "node:path";
import { parseCommitRecord } from "../app/commit-record.ts";
import { HoldfastError, messageOf } from "../domain/errors.ts";
import { COMMIT_RECORD, type CommitRecord } from "../domain/recovery-point.ts";

const STANDARD_INPUT = "-";
/** Far more than a commit record of ours has. */
const RECORD_BYTES = 16 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

export interface ArchiveFile {
  /** As messages call it. */
  name: string;
  /** Absolute; undefined for standard input. */
  path: string | undefined;
  /** Id of the recovery point it belongs to, when its commit record lies beside it. */
  point: string | undefined;
  warnings: string[];
  /** Its bytes, once. Ends with `damaged` when they are not those that the commit record names. */
  chunks(): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

/** Throws `not-found` or `usage` when there is no such file. */
export async function openArchiveFile(given: string, signal: AbortSignal): Promise<ArchiveFile> {
  if (given === STANDARD_INPUT) return standardInput(signal);
  const path = resolve(given);
  const handle = await openFile(given);
  const warnings: string[] = [];
  const record = await recordBeside(path, warnings);
  const object = record?.objects.find(({ name }) => name === basename(path));
  if (object !== undefined && record?.kind === "incremental") {
    const needs = record.needs.join(", ");
    warnings.push(`${given} is of an incremental point and holds only what changed; the rest is in ${needs}`);
  }
  return {
    ...{ name: given, path, warnings },
    point: object === undefined ? undefined : record?.id,
    chunks: () => checked(bytesOf(handle), given, object?.sha256),
    close: () => handle.close(),
  };
}

function standardInput(signal: AbortSignal): ArchiveFile {
  return {
    ...{ name: "standard input", path: undefined, point: undefined, warnings: [] },
    chunks: async function* () {
      // Nothing else could end the wait for bytes that never come.
      for await (const chunk of addAbortSignal(signal, process.stdin)) yield chunk as Buffer;
    },
    close: async () => undefined,
  };
}

async function openFile(given: string): Promise<FileHandle> {
  const what = `Opening ${given}`;
  const next = "name a tar, tar.zst or tar.gz file";
  try {
    const handle = await open(given, constants.O_RDONLY);
    if (!(await handle.stat()).isDirectory()) return handle;
    await handle.close();
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = isMissing ? "there is no such file" : messageOf(error);
    throw new HoldfastError(isMissing ? "not-found" : "usage", { what, why, next, cause: error });
  }
  throw new HoldfastError("usage", { what, why: "it is a directory", next });
}

async function recordBeside(path: string, warnings: string[]): Promise<CommitRecord | undefined> {
  const at = join(dirname(path), COMMIT_RECORD);
  try {
    if ((await stat(at)).size > RECORD_BYTES) throw new Error(`${at} is too large to be one`);
    return parseCommitRecord(await readFile(at, "utf8"), `Reading ${at}`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    warnings.push(`the archive could not be compared with its commit record: ${messageOf(error)}`);
    return undefined;
  }
}

async function* bytesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    // A buffer of its own each time: whoever decodes it may still be reading the one before.
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(READ_BYTES), 0, READ_BYTES, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* checked(
  chunks: AsyncIterable<Buffer>,
  name: string,
  sha256: string | undefined,
): AsyncGenerator<Buffer> {
  if (sha256 === undefined) {
    yield* chunks;
    return;
  }
  const digest = createHash("sha256");
  for await (const chunk of chunks) {
    digest.update(chunk);
    yield chunk;
  }
  if (digest.digest("hex") === sha256) return;
  throw new HoldfastError("damaged", {
    what: `Reading ${name}`,
    why: "its bytes are not those that the commit record beside it names",
    next: "fetch it again or take another copy",
  });
}
