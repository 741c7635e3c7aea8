/** Times on a page: how long ago for the eye, the exact time in the job's zone on hover, ISO for machines. */
import { formatDuration } from "../../domain/human-text.ts";
import { MINUTE, toIso, type Instant } from "../../domain/instant.ts";
import { html, type Html } from "./html.ts";

export class Moments {
  readonly #now: Instant;
  /** A formatter costs more than a page of times. */
  readonly #formatters = new Map<string, Intl.DateTimeFormat>();

  constructor(now: Instant) {
    this.#now = now;
  }

  /** `<time>` with text such as "9 h ago" or "in 15 h". */
  relative(instant: Instant, timezone = "UTC"): Html {
    return this.#time(instant, timezone, relativeTo(this.#now, instant));
  }

  /** `<time>` with text such as "2026-11-20 04:00:00 Europe/Prague". */
  absolute(instant: Instant, timezone = "UTC"): Html {
    return this.#time(instant, timezone, this.#inZone(instant, timezone));
  }

  #time(instant: Instant, timezone: string, text: string): Html {
    const machine = toIso(instant).replace(/\.\d+Z$/, "Z");
    return html`<time datetime="${machine}" title="${this.#inZone(instant, timezone)}">${text}</time>`;
  }

  #inZone(instant: Instant, timezone: string): string {
    const known = this.#formatters.get(timezone);
    const formatter = known ?? new Intl.DateTimeFormat(LIKE_ISO, { timeZone: timezone, ...FORM });
    if (known === undefined) this.#formatters.set(timezone, formatter);
    return `${formatter.format(instant)} ${timezone}`;
  }
}

/** The locale whose customary form is 2026-11-20 04:00:00. */
const LIKE_ISO = "sv-SE";

const FORM = { dateStyle: "short", timeStyle: "medium" } as const;

function relativeTo(now: Instant, instant: Instant): string {
  const distance = Math.abs(instant - now);
  if (distance < MINUTE) return instant > now ? "in a moment" : "just now";
  const length = formatDuration(distance);
  return instant > now ? `in ${length}` : `${length} ago`;
}
