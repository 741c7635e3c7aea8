/** Whoever's containers were held can look up when, for which job, and for how long. */
import { messageOf } from "../domain/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunObserver } from "../ports/run-observer.ts";
import type { AuditTrail } from "../ports/state.ts";

export interface AuditHoldsOptions {
  audit: AuditTrail;
  actor: string;
  clock: Clock;
  /** Told when the trail cannot be written: no backup fails for that. */
  onTrouble: (message: string) => void;
}

export function auditHolds({ audit, actor, clock, onTrouble }: AuditHoldsOptions): RunObserver {
  return {
    servicesHeld({ job, heldMs }) {
      try {
        const at = clock.now();
        audit.record({ at, actor, operation: "hold", job, outcome: "succeeded", details: { heldMs } });
      } catch (error) {
        onTrouble(`The audit trail could not be written: ${messageOf(error)}`);
      }
    },
  };
}
