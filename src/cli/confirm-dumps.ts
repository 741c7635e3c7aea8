/** Asks before what a server holds is replaced: a person types the job's name, a script says --yes. */
import { HoldfastError } from "../domain/errors.ts";
import type { CatalogPoint } from "../domain/recovery-point.ts";
import type { Terminal } from "./terminal.ts";
import { formatInstant } from "./when.ts";

export interface DumpsQuestion {
  job: string;
  point: CatalogPoint;
  /** What is there and will be no more; nothing: nobody is asked. */
  replaced: readonly string[];
  stops: readonly string[];
  safety: boolean;
  yes: boolean;
}

/** Throws `refused` unless somebody said yes. */
export async function confirmDumps(
  terminal: Terminal,
  { job, point, replaced, stops, safety, yes }: DumpsQuestion,
): Promise<void> {
  if (yes || replaced.length === 0) return;
  const by = `by point ${point.id} of ${formatInstant(point.startedAt)} in ${point.store}`;
  const fate = safety ? "A dump of what is there is kept as a point." : "No dump of what is there is kept.";
  const meanwhile =
    stops.length === 0 ? "No service is stopped." : `Meanwhile ${stops.join(", ")} will be stopped.`;
  const change = `${upperFirst(replaced.join(", "))} will be replaced ${by}. ${fate} ${meanwhile}`;
  const typed = await terminal.ask(`${change} Type ${job} to go on: `);
  if (typed?.trim() === job) return;
  throw new HoldfastError("refused", {
    what: `Restoring job ${job}`,
    why: typed === undefined ? `nobody confirmed it: ${change}` : "it was not confirmed",
    next: typed === undefined ? "add --yes" : "nothing was changed",
  });
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
