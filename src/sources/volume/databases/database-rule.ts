/** What is done with which database of a volume. */
import { createSelection } from "../../selection.ts";
import type { VolumeOptions } from "../options.ts";

export interface DatabaseRule {
  /**
   * - `auto`: captured beside its writers, who are held only when that does not succeed.
   * - `optimistic`: never held; `freeze`: always held.
   * - `none`: read like any other file.
   */
  capture: "auto" | "optimistic" | "freeze" | "none";
  /** How thoroughly a capture is read before it counts. */
  verify: "full" | "light" | "off";
  /** Of an encrypted one. */
  key?: string | undefined;
  /** Its program makes it anew at each start: it is left out. */
  rebuilt: boolean;
  /** What is added to the point for readers of other formats; only of DuckDB. */
  export: "none" | "parquet";
}

export const DEFAULT_RULE: DatabaseRule = { capture: "auto", verify: "full", rebuilt: false, export: "none" };

/** Of a database by its path, a byte string relative to the root. */
export type RuleOf = (path: string) => DatabaseRule;

/** The first rule whose glob matches. Undefined where databases are files like any other. */
export function rulesOf(
  options: VolumeOptions["embeddedDatabases"],
): { ruleOf: RuleOf; together: boolean } | undefined {
  if (options === "off") return undefined;
  const { together, rules } =
    options === "auto" || options === undefined ? { together: false, rules: [] } : options;
  const matchers = rules.map(({ match, ...rule }) => ({
    rule,
    selection: createSelection({ include: [match] }),
  }));
  const ruleOf: RuleOf = (path) =>
    matchers.find(({ selection }) => selection.includes(path, false))?.rule ?? DEFAULT_RULE;
  return { ruleOf, together };
}
