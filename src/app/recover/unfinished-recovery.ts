/** A recovery that nobody has ended: what to tell of it, and which backups wait for its end. */
import { hasCode, HoldfastError } from "../../domain/errors.ts";
import { toIso } from "../../domain/instant.ts";
import type { RecoveryLog } from "../../ports/recovery-log.ts";

/** A sentence; undefined where there is none. */
export async function unfinishedRecovery(log: RecoveryLog): Promise<string | undefined> {
  const open = await log.current();
  if (open === undefined) return undefined;
  const stopped = open.stopped.length === 0 ? "" : ` ${open.stopped.join(", ")} may be stopped until it has.`;
  return `The recovery that was begun at ${toIso(open.startedAt)} has not ended.${stopped} \`holdfast recover\` goes on with it, \`holdfast recover --abandon\` gives it up.`;
}

/**
 * Throws `refused` while a recovery that has the job in it is cut off before all data was back: a point made now would be of a stack
 * that never was. To be called under the locks, which a recovery that goes on holds as well. A log that cannot be read at all keeps
 * no backup from running; one that says what nobody understands does.
 */
export async function assertNotAmidRecovery(log: Pick<RecoveryLog, "current">, job: string): Promise<void> {
  const open = await log.current().catch((error: unknown) => {
    if (hasCode(error, "damaged")) throw error;
    return undefined;
  });
  if (open === undefined || open.servicesStartedAt !== undefined) return;
  if (!open.steps.some((step) => step.job === job)) return;
  throw new HoldfastError("refused", {
    what: `Backing up job ${job}`,
    why: `the recovery that was begun at ${toIso(open.startedAt)} has not ended, and only a part of the stack's data may be back`,
    next: "go on with it by `holdfast recover`, or give it up by `holdfast recover --abandon`",
  });
}
