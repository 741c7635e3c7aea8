/** Whose alerts nobody is told of now, and until when: who looks at the page must not take silence for health. */
import { formatDuration } from "../../domain/human-text.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Silence } from "../../domain/silence.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { shortened } from "./prose.ts";
import { counted } from "./words.ts";

/** Those of everything are always among them. */
const SHOWN = 5;

export function silencesSection(
  silences: readonly Silence[],
  { moments, now }: { moments: Moments; now: Instant },
): Html | undefined {
  if (silences.length === 0) return undefined;
  const widestFirst = silences.toSorted(
    (a, b) => Number(b.job === undefined) - Number(a.job === undefined) || b.until - a.until,
  );
  const rest = silences.length - SHOWN;
  const more =
    rest <= 0 ? "" : html`<br />And ${counted(rest, "more silence")}: <code>holdfast silence list</code>.`;
  const lines = widestFirst
    .slice(0, SHOWN)
    .map(
      ({ job, until, reason }, at) =>
        html`${at === 0 ? "" : html`<br />`}${job === undefined ? html`<b>All alerts</b>` : html`Alerts of <b>${job}</b>`}
        are silenced for ${formatDuration(until - now)}, until
        ${moments.absolute(until)}${reason === "" ? "" : `: ${shortened(reason)}`}`,
    );
  return html`<p class="notice calm">${lines}${more}</p>`;
}
