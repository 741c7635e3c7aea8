/** What is done with which database of a volume. */
import type { DatabaseKind } from "../../../domain/embedded-database.ts";

export interface DatabaseRule {
  /**
   * - `auto`: captured beside its writers, who are held only when that does not succeed.
   * - `optimistic`: never held; `freeze`: always held.
   * - `none`: read like any other file.
   */
  capture: "auto" | "optimistic" | "freeze" | "none";
  /** How thoroughly a capture is read before it counts. */
  verify: "full" | "light" | "off";
  /** File with the key of an encrypted one. */
  keyFile?: string | undefined;
  /** Its program makes it anew at each start: it is left out. */
  rebuilt: boolean;
}

export const DEFAULT_RULE: DatabaseRule = { capture: "auto", verify: "full", rebuilt: false };

/** Of a database by its path, a byte string relative to the root. */
export type RuleOf = (path: string, kind: DatabaseKind) => DatabaseRule;
