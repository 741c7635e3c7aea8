/** A hidden verb: what a container runs to end a restore in place that was killed, or is on trial, in the source alone, without a config. */
import { settleSwaps, type TrialEnd } from "../archive/in-place/settle-swaps.ts";
import { realPath } from "../archive/restore/real-path.ts";
import { systemProcessTable } from "../observability/process-identity.ts";
import { EXIT } from "./exit-codes.ts";
import { printLine } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** What it says is one line for each sentence, for whoever has started it. */
export const settleSource: Verb<{ trial?: TrialEnd }, [path: string]> = async (
  { terminal },
  { trial },
  path,
) => {
  const directory = await realPath(path).catch(() => path);
  const sentences = await settleSwaps(directory, { processes: systemProcessTable(), trial });
  for (const sentence of sentences) await printLine(terminal, `${sentence}.`);
  return EXIT.done;
};
