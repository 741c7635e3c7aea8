/**
 * The portable exports of a run's databases: an object of the point's own beside its archive, so that no export is ever taken for
 * a file of the volume, hides one, or comes into a live volume with a restore.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { toText } from "../../../archive/byte-path.ts";
import { HoldfastError } from "../../../domain/errors.ts";
import { EXPORTS_OBJECT, type CaptureWarning } from "../../../domain/recovery-point.ts";
import type { CaptureRequest } from "../../../ports/source.ts";
import { captureTree } from "../capture-tree.ts";
import type { FoundDatabase } from "./database-fate.ts";

/** Writes an export into the directory, and says why it could not. */
export type WriteExport = (directory: string) => Promise<string | undefined>;

export class DatabaseExports {
  readonly warnings: CaptureWarning[] = [];
  readonly #scratch: string;
  #count = 0;

  /** `scratch` is this run's own directory. */
  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  /** Whether there is one now; a warning tells why not. */
  async add({ path }: FoundDatabase, write: WriteExport): Promise<boolean> {
    const written = join(this.#scratch, "export");
    await mkdir(written, { recursive: true, mode: 0o700 });
    const because = (await write(written)) ?? (await this.#keep(written, path));
    if (because === undefined) {
      this.#count += 1;
      return true;
    }
    await rm(written, { recursive: true, force: true });
    const { text } = toText(path);
    const message = `${text} is in the point, but not exported: ${because}`;
    this.warnings.push({ path: text, problem: "not-exported", message });
    return false;
  }

  /** Into an object of the point, each as a directory at its database's path. */
  async pack({ openObject, signal }: Pick<CaptureRequest, "openObject" | "signal">): Promise<void> {
    if (this.#count === 0) return;
    const index = { write: () => Promise.resolve() };
    const { warnings } = await captureTree({
      ...{ root: this.#root(), include: undefined, exclude: undefined, base: undefined },
      ...{ sinks: { archive: openObject(EXPORTS_OBJECT), index }, signal, onProgress: undefined },
    });
    // Attributes that the scratch directory's file system has are nobody's.
    const trouble = warnings.find(({ problem }) => problem !== "skipped");
    if (trouble === undefined) return;
    throw new HoldfastError("internal", {
      what: "Archiving the exports of databases",
      why: trouble.message,
      next: "see whether something else removes files from the scratch directory, and run the job again",
    });
  }

  /** Its name need not be text. */
  async #keep(written: string, path: string): Promise<string | undefined> {
    const target = Buffer.concat([Buffer.from(`${this.#root()}/`), Buffer.from(path, "latin1")]);
    const parent = target.subarray(0, target.lastIndexOf("/"));
    try {
      await mkdir(parent, { recursive: true, mode: 0o700 });
      await rename(written, target);
      return undefined;
    } catch (error) {
      // Of one too long for a path below the scratch directory, for example.
      if (error instanceof Error && "code" in error) return error.message;
      throw error;
    }
  }

  #root(): string {
    return join(this.#scratch, "exports");
  }
}
