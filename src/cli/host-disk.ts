/** A hidden verb: what the containers run that look at the disks of the machine, and swap them, without a config. */
import { carryOut, lookAtHost } from "../daemon/compose-disk-swap.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

type Action = "look" | "swap" | "back";

/** `of`: the device name to look for, or the order as JSON. What `back` says is for whoever has started it. */
export const hostDisk: Verb<Record<never, never>, [action: Action, of: string]> = async (
  { terminal, signal },
  _options,
  action,
  of,
) => {
  if (action === "look") {
    await printJson(terminal, { disk: (await lookAtHost(of)) ?? null });
    return EXIT.done;
  }
  const { old, mount } = await carryOut(action, of, signal);
  if (action === "back") await printLine(terminal, `${old.name} is mounted on ${mount.at} again.`);
  return EXIT.done;
};
