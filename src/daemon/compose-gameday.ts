/** Where reports of game days are kept: beside those of recoveries, in the state directory. */
import { join } from "node:path";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { keepReport } from "../state/kept-reports.ts";

/** Gives the path of the report. Throws `target` where nothing can be written. */
export function keepGamedayReport(
  { stateDirectory }: Pick<LoadedConfig, "stateDirectory">,
  report: { id: string; markdown: string },
): Promise<string> {
  return keepReport(join(stateDirectory, "gamedays"), report);
}
