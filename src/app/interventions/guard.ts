/** Somebody else who releases what is held, should this process and its container be gone. */
import type { Intervention } from "../../ports/intervention-journal.ts";

export interface Guard {
  /** Name of the container that guards the intervention with this id. */
  nameFor(id: string): string;
  /** Resolves once the guard watches. */
  watch(intervention: Intervention, signal: AbortSignal): Promise<void>;
  /** Nothing is held any more. Never throws: a guard that nothing is left to do for ends by itself. */
  dismiss(intervention: Intervention): Promise<void>;
}
