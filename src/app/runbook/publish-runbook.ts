/** Puts the runbook beside the stack's points, so that it can be read when the machine is gone. */
import { Buffer } from "node:buffer";
import { hasCode, isRefusedForGood } from "../../domain/errors.ts";
import { toIso } from "../../domain/instant.ts";
import { stackPrefix } from "../../domain/recovery-point.ts";
import type { Store } from "../../ports/store.ts";
import { once, readText } from "../small-object.ts";
import type { RunbookFacts } from "./facts.ts";
import { keptPartsOf, type KeptParts } from "./kept-parts.ts";
import { runbook } from "./runbook.ts";

const NAME = "DISASTER_RECOVERY";

/** `<stack>/DISASTER_RECOVERY.md`: no job is called so, and no listing of points takes it for one. */
export function runbookKey(stack: string): string {
  return `${stackPrefix(stack)}${NAME}.md`;
}

/** What people wrote stays as it is there, or becomes that of `kept`. One store's trouble is not another's: gives each store's error. */
export async function publishRunbook(
  facts: RunbookFacts,
  { stores, kept, signal }: { stores: readonly Store[]; kept?: KeptParts | undefined; signal: AbortSignal },
): Promise<unknown[]> {
  const ended = await Promise.allSettled(
    stores.map(async (store) => {
      // Names and numbers of people are for nobody who reads a store that is otherwise encrypted.
      const parts = facts.encryption !== undefined ? {} : (kept ?? (await formerParts(store, facts, signal)));
      await put(store, facts, Buffer.from(runbook(facts, parts)), signal);
    }),
  );
  return ended.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
}

async function formerParts(store: Store, { status }: RunbookFacts, signal: AbortSignal): Promise<KeptParts> {
  try {
    return keptPartsOf(await readText(store, runbookKey(status.stack), { signal }));
  } catch (error) {
    if (hasCode(error, "not-found")) return {};
    throw error;
  }
}

/** Where nothing can be replaced there is one for each month. */
async function put(
  store: Store,
  { status }: RunbookFacts,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  try {
    await store.put(runbookKey(status.stack), once(bytes), { signal, replace: true });
  } catch (error) {
    if (!isRefusedForGood(error)) throw error;
    const month = toIso(status.at).slice(0, 7);
    await store
      .put(`${stackPrefix(status.stack)}${NAME}-${month}.md`, once(bytes), { signal })
      .catch((again: unknown) => {
        if (!hasCode(again, "already-exists")) throw again;
      });
  }
}
