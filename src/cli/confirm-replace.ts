/** Asks before a directory's content is replaced: a person types its name, a script says --yes. */
import { basename } from "node:path";
import type { Target } from "../archive/restore/target.ts";
import { HoldfastError } from "../domain/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Entries that are named; a person recognises a directory by a few. */
const NAMED = 5;

/** Throws `refused` unless somebody said yes. Asks nothing when there is nothing to replace. */
export async function confirmReplace(
  terminal: Terminal,
  { path, names }: Target,
  { yes }: { yes: boolean },
): Promise<void> {
  if (names.length === 0 || yes) return;
  const name = basename(path) || path;
  const count = names.length === 1 ? "1 entry" : `${names.length} entries`;
  const loss = `${path} holds ${count} (${someOf(names)})`;
  const typed = await terminal.ask(`${loss}, all of which will be replaced. Type ${name} to go on: `);
  if (typed?.trim() === name) return;
  throw new HoldfastError("refused", {
    what: `Restoring to ${path}`,
    why:
      typed === undefined
        ? `${loss}, and nobody confirmed that it is to be replaced`
        : "it was not confirmed",
    next:
      typed === undefined ? "add --yes if that is meant, or choose a new directory" : "nothing was changed",
  });
}

export function someOf(names: readonly string[]): string {
  const some = [...names].sort().slice(0, NAMED).join(", ");
  return names.length > NAMED ? `${some}, …` : some;
}
