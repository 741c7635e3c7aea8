/** Age of the newest recovery point of a job in a store against the job's limit. */
export const FRESHNESS = ["fresh", "late", "stale", "never"] as const;
export type Freshness = (typeof FRESHNESS)[number];
