/** Gives dumps of a job back to a server of the stack. What is there is replaced only at the end, where the server can do that. */
import type { DumpInPoint } from "../domain/dump-in-point.ts";

export interface DumpRestorer {
  /** Compose service of the server that is backed up. */
  readonly service: string;
  /** Compose services to stop meanwhile, beside those that depend on that one. */
  readonly stopForRestore: readonly string[];
  /** Only for databases of servers that have several. */
  readonly hasDatabases: boolean;
  /** What would be replaced, by its names. Changes nothing. Throws what keeps the dumps from being restored. */
  look(request: DumpRestore): Promise<string[]>;
  /** Throws with what was there before still in use and whole, where `isAtomic`. */
  restore(request: DumpRestore): Promise<RestoredDumps>;
  /** What is there stays in use until all of the dumps are restored. */
  readonly isAtomic: boolean;
}

export interface DumpRestore {
  dumps: readonly ReadableDump[];
  /** Into this database instead of the one of the dump. */
  database?: string | undefined;
  /** To the server of this Compose service instead of the job's own. */
  service?: string | undefined;
  signal: AbortSignal;
  /** Told of the bytes that the server has taken. */
  onProgress?: ((bytes: number) => void) | undefined;
}

export interface ReadableDump extends DumpInPoint {
  /** Its content, checked. Can be read several times; throws `damaged`. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface RestoredDumps {
  /** One sentence each. */
  warnings: readonly string[];
  /** Where what was there before is; undefined: it is not there any more. */
  kept: string | undefined;
  /** What was there before is wanted no more. */
  accept(signal: AbortSignal): Promise<void>;
  /** Puts it back; undefined where that cannot be. */
  revert: ((signal: AbortSignal) => Promise<void>) | undefined;
}
