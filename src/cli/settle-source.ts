/** A hidden verb: what a container runs to end a killed restore in place, in the source alone, without a config. */
import { sourceSettler } from "../daemon/settle-source.ts";
import { systemProcessTable } from "../observability/process-identity.ts";
import { EXIT } from "./exit-codes.ts";
import { warnLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const settleSource: Verb<object, [path: string]> = async ({ terminal }, _options, path) => {
  const settle = sourceSettler(path, { others: [], processes: systemProcessTable() });
  for (const sentence of await settle()) warnLine(terminal, sentence);
  return EXIT.done;
};
