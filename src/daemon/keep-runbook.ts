/** Writes the runbook into the stores once a day, with what was measured until then. */
import { publishRunbook } from "../app/runbook/publish-runbook.ts";
import type { StackStatus } from "../app/read-status.ts";
import { DAY, MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Stack } from "./compose.ts";
import { runbookFacts } from "./runbook-facts.ts";

/** A container that is restarted again and again writes none. */
const AFTER_START: Milliseconds = 10 * MINUTE;

export interface KeepRunbookOptions {
  stack: Stack;
  status: () => StackStatus;
  /** Told what kept it from a store: the next day tries again. */
  onTrouble: (error: unknown) => void;
}

/** Until the signal fires; then resolves. */
export async function keepRunbook(options: KeepRunbookOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options.stack.context;
  for (let wait = AFTER_START; !signal.aborted; wait = DAY) {
    await clock.sleep(wait, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await write(options, signal).catch((error: unknown) => {
      if (!signal.aborted) options.onTrouble(error);
    });
  }
}

async function write({ stack, status, onTrouble }: KeepRunbookOptions, signal: AbortSignal): Promise<void> {
  const facts = await runbookFacts(stack, status(), signal);
  const stores = storesOfRunbook(stack);
  for (const error of await publishRunbook(facts, { stores, signal })) if (!signal.aborted) onTrouble(error);
}

/** Those of the config: what a cloud keeps by itself takes no objects. */
export function storesOfRunbook({ stores, config }: Stack): Stack["stores"] {
  return stores.filter(({ name }) => config.stores.some((configured) => configured.name === name));
}
