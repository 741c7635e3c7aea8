/** A hidden verb: what a container of a drill runs that may mount disks. It knows no config. */
import { lookAtAttachedDisk } from "../daemon/compose-drills.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const checkDisk: Verb<Record<never, never>, [order: string]> = async (
  { terminal, signal },
  _options,
  order,
) => {
  await printJson(terminal, await lookAtAttachedDisk(order, signal));
  return EXIT.done;
};
