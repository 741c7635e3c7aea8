/** What a capture of a live embedded database is told and what it gives, whatever its kind. */
import type { BigIntStats } from "node:fs";

import type { CaptureMode } from "../domain/embedded-database.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Hold } from "../ports/source.ts";

export interface DatabaseOrder {
  /** Of the live database's main file: as bytes, as its name need not be text. */
  path: Buffer;
  /** Empty directory for the copies; on the file system of the database it takes clones and no room. */
  scratch: string;
  /** `optimistic`: nobody is held unless the tries without fail; `freeze`: held at once. */
  rule: "optimistic" | "freeze";
  /** Undefined where nobody can be held, with the reason as a clause. */
  freeze: Hold | undefined;
  cannotFreezeBecause?: string | undefined;
  clock: Clock;
  /** From 0 up to, not including, 1. */
  random: () => number;
  signal: AbortSignal;
}

export interface CapturedMember {
  /** What follows the database's name in the member's; empty for the main file. */
  suffix: string;
  /** Of the copy. */
  path: string;
  /** Of the live file when it was captured; the copy's own size may differ from its. */
  stats: BigIntStats;
}

/** All members together are the state of the database at one moment. */
export interface CapturedDatabase {
  /** The main file first. */
  members: CapturedMember[];
  facts: CaptureFacts;
}

export interface CaptureFacts {
  /** `optimistic`: nobody was held. */
  mode: CaptureMode;
  /** How often it was begun anew, the one that succeeded included. */
  tries: number;
  /** Of `frozen`: altogether. */
  heldMs?: Milliseconds;
  /** The file system shared the bytes instead of copying them. */
  cloned: boolean;
}
