/** A time in which alerts of a job, or all, are not told, because somebody works on it. */
import type { Instant } from "./instant.ts";

export interface Silence {
  id: string;
  /** Undefined: everything of the stack. */
  job: string | undefined;
  since: Instant;
  /** From then on it is over by itself. */
  until: Instant;
  reason: string;
  /** Who asked for it. */
  actor: string;
}
