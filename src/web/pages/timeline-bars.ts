/** The last days of a job as a row of bars: the worse a day, the taller its bar, and a missed one is broken. */
import type { Instant } from "../../domain/instant.ts";
import { DAY_STATES, lastDays, timelineOf, type Day, type TimelineDay } from "../../domain/timeline.ts";
import type { JobPast } from "../context.ts";
import { html, Html } from "./html.ts";
import type { Tone } from "./words.ts";

const DAYS_SHOWN = 30;

/** Remembers the days of each zone: one for each page. */
export class Timelines {
  readonly #now: Instant;
  readonly #days = new Map<string, Day[]>();

  constructor(now: Instant) {
    this.#now = now;
  }

  /** Where the days of the zone begin that are shown. */
  since(timezone: string): Instant {
    return this.#daysOf(timezone)[0]?.from ?? this.#now;
  }

  of(timezone: string, past: JobPast, firstSeenAt: Instant): TimelineDay[] {
    const points = past.points.map(({ startedAt }) => startedAt);
    const { attempts, schedule } = past;
    const now = this.#now;
    return timelineOf({ days: this.#daysOf(timezone), attempts, points, schedule, firstSeenAt, now });
  }

  #daysOf(timezone: string): Day[] {
    const days = this.#days.get(timezone) ?? lastDays(timezone, this.#now, DAYS_SHOWN);
    this.#days.set(timezone, days);
    return days;
  }
}

/** Tone of each state, and how its bar is drawn upwards from the ground in a box 14 high. */
const BARS: Record<TimelineDay["state"], { tone: Tone; bar: string }> = {
  idle: { tone: "calm", bar: "v-1" },
  succeeded: { tone: "good", bar: "v-7" },
  partial: { tone: "warn", bar: "v-10" },
  missed: { tone: "bad", bar: "v-3m0-2v-3m0-2v-4" },
  failed: { tone: "bad", bar: "v-14" },
};

/** Units of a bar with its gap. */
const STEP = 4;

/** One path a state: a page of hundreds of bars stays small. */
export function timelineBars(days: readonly TimelineDay[]): Html {
  const label = sentenceOf(days);
  const paths = DAY_STATES.flatMap((state) => {
    const starts = days.flatMap((day, at) => (day.state === state ? [`M${at * STEP + 1.5} 14`] : []));
    const { tone, bar } = BARS[state];
    return starts.length === 0
      ? []
      : [new Html(`<path class="${tone}" d="${starts.map((start) => start + bar).join("")}"/>`)];
  });
  return html`<svg class="days" viewBox="0 0 ${days.length * STEP} 14" role="img">
    <title>${label}</title>
    ${paths}
  </svg>`;
}

/** `Last 30 days: 28 succeeded, 1 failed, 1 missed`. */
function sentenceOf(days: readonly TimelineDay[]): string {
  const counts = DAY_STATES.filter((state) => state !== "idle")
    .map((state) => ({ state, count: days.filter((day) => day.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  return `Last ${days.length} days: ${counts.length === 0 ? "nothing was due" : counts.join(", ")}`;
}

const SHOWN_STATES = ["succeeded", "partial", "failed", "missed"] as const;

/** What the bars mean, once for a page. */
export function timelineLegend(): Html {
  const items = SHOWN_STATES.map((state) => {
    const { tone, bar } = BARS[state];
    const path = new Html(`<path class="${tone}" d="M1.5 14${bar}"/>`);
    return html`<span><svg class="days" viewBox="0 0 3 14" aria-hidden="true">${path}</svg> ${state}</span>`;
  });
  return html`<p class="legend">Days: ${items}</p>`;
}
