/** A directory that a walk is in. */
import type { BigIntStats } from "node:fs";

export interface Directory {
  path: string;
  stats: BigIntStats;
  parent: Directory | undefined;
  /** False while nothing in it was asked for: it is packed with its first included entry. */
  packed: boolean;
  /** True when everything below it is asked for. */
  included: boolean;
}
