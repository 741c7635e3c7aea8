/** When the whole stack is brought up a second time to see that it comes back, and what that may take. */
import type { Milliseconds } from "./instant.ts";
import type { Schedule } from "./schedule.ts";

export interface StackDrillPolicy {
  /** Undefined: only by hand. */
  schedule: Schedule | undefined;
  /** Age of the last one that passed at which another one is overdue; undefined: derived from the schedule. */
  maxAge: Milliseconds | undefined;
  /** Of each of its containers; undefined: what its service has. */
  limits: { cpus?: number | undefined; memory?: number | undefined };
}
