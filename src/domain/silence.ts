/** A time in which alerts of a job, or all, are not told, because somebody works on it. */
import type { Problem } from "./alerts.ts";
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
/** Those that hold at an instant. */
export function inForce(silences: readonly Silence[], now: Instant): Silence[] {
  return silences.filter(({ until }) => until > now);
}

/** What is about a store, the state or the config is silenced only with everything: more than one job depends on it. */
export function isSilenced(problem: Pick<Problem, "job">, silences: readonly Silence[]): boolean {
  return silences.some(({ job }) => job === undefined || job === problem.job);
}
