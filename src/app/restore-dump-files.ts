/** Writes the dumps of a point into a directory, as files that the servers' own tools read: all of them or none. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { openStaging, type StagingOptions } from "../archive/restore/staging.ts";
import { targetError } from "../archive/restore/target-error.ts";
import { cancellation } from "../domain/errors.ts";
import type { StoredDump } from "./dumps-of-point.ts";

export interface DumpFilesRequest extends StagingOptions {
  dumps: readonly StoredDump[];
  target: string;
  signal: AbortSignal;
  onProgress: (written: { files: number; bytes: number }) => void;
}

export interface DumpFiles {
  files: number;
  bytes: number;
  warnings: string[];
}

/** The target is what it was, or holds the dumps and nothing else, whatever happens (invariant 7). */
export async function restoreDumpFiles(request: DumpFilesRequest): Promise<DumpFiles> {
  const { dumps, target, signal, onProgress } = request;
  const staging = await openStaging(target, request);
  const written = { files: 0, bytes: 0 };
  try {
    for (const dump of dumps) {
      const file = await open(join(staging.directory, fileNameOf(dump)), "wx", 0o600);
      try {
        for await (const chunk of dump.read(signal)) {
          await file.writeFile(chunk);
          written.bytes += chunk.length;
          onProgress(written);
        }
      } finally {
        await file.close();
      }
      written.files += 1;
    }
    await staging.sync();
    if (signal.aborted) throw cancellation(signal, `Restoring to ${target}`);
    return { ...written, warnings: [...staging.warnings, ...(await staging.swap())] };
  } catch (error) {
    throw targetError(target, error, await staging.discard());
  }
}

/** An object's name is one of letters, digits, dots and dashes. */
export function fileNameOf({ object }: Pick<StoredDump, "object">): string {
  return object.replace(/\.zst$/, "");
}
