/** A hidden verb: what the containers run that freeze file systems, and thaw them, without a config. */
import { holdFrozen, thaw } from "../daemon/compose-freeze.ts";
import { TOO_LONG } from "../app/freeze/file-system-freezer.ts";
import { EXIT } from "./exit-codes.ts";
import { printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

type Arguments = [action: "hold" | "thaw", limit: string, stateDirectory: string, paths: string[]];

/** `hold` thaws on SIGTERM, which is how it is meant to end, and after its limit. */
export const freeze: Verb<Record<never, never>, Arguments> = async (
  { terminal, signal },
  _options,
  action,
  limit,
  stateDirectory,
  paths,
) => {
  if (action === "thaw") {
    await thaw(paths);
    return EXIT.done;
  }
  const onFrozen = () => printLine(terminal, "frozen");
  const wasTold = await holdFrozen({ paths, stateDirectory }, { limit: Number(limit), onFrozen, signal });
  return wasTold ? EXIT.done : TOO_LONG;
};
