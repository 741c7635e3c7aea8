import type { Instant } from "./instant.ts";

/** When a job is due: a cron expression in a zone. Implementations are pure: they never ask what time it is. */
export interface Schedule {
  /** As the user wrote it. */
  readonly expression: string;
  /** IANA zone. */
  readonly timezone: string;
  /** The first due instant strictly after `after`; undefined when there is none. */
  next(after: Instant): Instant | undefined;
  /** The last due instant at or before `atOrBefore`; undefined when there is none. */
  previous(atOrBefore: Instant): Instant | undefined;
}
