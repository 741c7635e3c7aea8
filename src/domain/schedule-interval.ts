/** How far apart a schedule's due instants are, which decides how old a point may become before somebody should know. */
import { DAY, HOUR, MINUTE, type Instant, type Milliseconds } from "./instant.ts";
import { rememberedBySchedule } from "./remembered-by-schedule.ts";
import type { Schedule } from "./schedule.ts";

const SHORTEST_GRACE = MINUTE;
const LONGEST_GRACE = 2 * HOUR;

/** How long after its due instant a run may still bring its point: a quarter of the interval, 1 min to 2 h. */
export function graceOf(interval: Milliseconds): Milliseconds {
  return Math.min(LONGEST_GRACE, Math.max(SHORTEST_GRACE, interval / 4));
}

/** A week and a day: whatever a schedule skips (nights, weekends) is skipped at least once in it. */
const WINDOW = 8 * DAY;

/**
 * Gaps are looked for at three scales: the next ones one by one, then whatever is longer than a minute within an hour,
 * then whatever is longer than an hour within the window. So also `*\/5 9-17 * * 1-5` shows its weekend, at the cost of
 * a few hundred steps and not of one for each due instant.
 */
const SCALES: readonly { step: Milliseconds; samples: number }[] = [
  { step: 0, samples: 64 },
  { step: MINUTE, samples: 64 },
  { step: HOUR, samples: WINDOW / HOUR },
];

/** The longest time between two due instants in the week that follows, from the interval that `around` lies in. */
export const longestInterval = rememberedBySchedule(measure);

function measure(schedule: Schedule, around: Instant): Milliseconds | undefined {
  let longest: Milliseconds | undefined;
  let at = around;
  for (const { step, samples } of SCALES) {
    for (let sample = 0; sample < samples && at < around + WINDOW; sample++) {
      const from = schedule.previous(at);
      const to = schedule.next(at);
      if (to === undefined) return longest;
      if (from !== undefined) longest = Math.max(longest ?? 0, to - from);
      at = Math.max(to, at + step);
    }
  }
  return longest;
}
