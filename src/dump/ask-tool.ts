/** Runs a tool whose whole output is wanted at once, and is short. */
import { HoldfastError } from "../domain/errors.ts";
import type { ToolPlace, ToolRun } from "./dump-kind.ts";
import { toolError } from "./tool-error.ts";

/** Far more than a list of databases takes. */
const ANSWER_BYTES = 4 * 1024 * 1024;

/** Its standard output as text. Throws `source` where it does not end with 0. `what`: the start of a sentence. */
export async function askTool(
  place: ToolPlace,
  tool: ToolRun,
  { what, signal }: { what: string; signal: AbortSignal },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const write = async (chunk: Uint8Array): Promise<void> => {
    length += chunk.length;
    if (length > ANSWER_BYTES) {
      throw new HoldfastError("source", {
        what,
        why: `${tool.name} in ${place.name} says more than it should`,
      });
    }
    chunks.push(Uint8Array.from(chunk));
  };
  const end = await place.run(tool, { stdout: { write } }, signal);
  if (end.exitCode !== 0) throw toolError({ what, place, tool, end });
  return Buffer.concat(chunks).toString("utf8");
}
