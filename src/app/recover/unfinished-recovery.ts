/** What to tell of a recovery that nobody has ended. */
import { toIso } from "../../domain/instant.ts";
import type { RecoveryLog } from "../../ports/recovery-log.ts";

/** A sentence; undefined where there is none. */
export async function unfinishedRecovery(log: RecoveryLog): Promise<string | undefined> {
  const open = await log.current();
  if (open === undefined) return undefined;
  const stopped = open.stopped.length === 0 ? "" : ` ${open.stopped.join(", ")} may be stopped until it has.`;
  return `The recovery that was begun at ${toIso(open.startedAt)} has not ended.${stopped} \`holdfast recover\` goes on with it, \`holdfast recover --abandon\` gives it up.`;
}
