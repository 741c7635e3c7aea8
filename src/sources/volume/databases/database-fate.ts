/** What becomes of a live database that a walk has met: asked by the thread that packs, answered by the one that captures. */
import type { BigIntStats } from "node:fs";

import type { DatabaseKind } from "../../../domain/embedded-database.ts";

/** Of a database's main file. */
export interface FoundDatabase {
  /** Byte string, relative to the root. */
  path: string;
  kind: DatabaseKind;
}

export type DatabaseFate =
  /** Archived from these copies, the main file first; whoever has packed one removes it. */
  | { as: "staged"; members: DatabaseMembers }
  /** Archived like any other file, and so are its side files. */
  | { as: "plain" }
  /** Neither it nor what belongs to it is archived. */
  | { as: "left-out" };

export type DatabaseMembers = readonly [StagedMember, ...StagedMember[]];

export interface StagedMember {
  /** What follows the database's name in the member's; empty for the main file. */
  suffix: string;
  /** Path of the copy. */
  copy: string;
  /** Of the live file when it was captured. */
  stats: MemberStats;
}

export type MemberStats = Pick<
  BigIntStats,
  "size" | "mode" | "uid" | "gid" | "mtimeNs" | "ctimeNs" | "ino" | "dev" | "nlink"
>;

/** Blocks until it is answered. */
export type AskFate = (found: FoundDatabase) => DatabaseFate;
