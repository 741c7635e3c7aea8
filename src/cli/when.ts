/** Times as the tables show them: absolute, and how long ago. */
import { formatDuration } from "../domain/human-text.ts";
import type { Instant } from "../domain/instant.ts";

/** `2026-11-20 03:00:00Z` */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString().replace("T", " ").replace(/\.\d+/, "");
}

/** `3 h 5 min ago`, `in 2 d` */
export function formatAgo(instant: Instant, now: Instant): string {
  return instant <= now ? `${formatDuration(now - instant)} ago` : `in ${formatDuration(instant - now)}`;
}
