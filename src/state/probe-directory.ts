/** Whether the state directory takes something: a small file is written, synced and removed. */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError, messageOf } from "../domain/errors.ts";

/** About what one transaction needs. */
const PROBE_BYTES = 64 * 1024;

/** Throws what is wrong, with the next step; leaves nothing behind. */
export function probeDirectory(directory: string): void {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(directory, ".probe-"));
    const file = openSync(join(folder, "probe"), "w", 0o600);
    try {
      writeSync(file, Buffer.alloc(PROBE_BYTES, 1));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new HoldfastError("usage", {
      what: `Writing to the state directory ${directory}`,
      why: messageOf(cause),
      next: "make it writable for the user that Holdfast runs as, and free space on its disk",
      cause,
    });
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
