/** Somebody else who releases what is held, should this process and its container be gone. */
import type { Milliseconds } from "../../domain/instant.ts";
import type { Container } from "../../ports/container-runtime.ts";
import type { Intervention } from "../../ports/intervention-journal.ts";

export interface Guard {
  /** Name of the container that guards the intervention with this id. */
  nameFor(id: string): string;
  /** Resolves once the guard watches. Throws what keeps it from that. `own`: the container that this process runs in, if any. */
  watch(intervention: Intervention, own: Container | undefined, signal: AbortSignal): Promise<void>;
  /** Nothing is held any more. Never throws: a guard that nothing is left to do for ends by itself. */
  dismiss(intervention: Intervention): Promise<void>;
  /** Removes every guard of ours but that of the intervention that is open. Never throws. */
  dismissAllBut(open: () => Promise<Intervention | undefined>): Promise<void>;
}

/** What a guard is told to watch over. The intervention itself is read from the journal, where it stands as it is now. */
export interface GuardOrders {
  /** Id of the intervention. */
  intervention: string;
  /** How long its owner may be gone. */
  after: Milliseconds;
  /** Address of the container engine. */
  engine: string;
  stateDirectory: string;
}
