/** The alerts that are firing, the gravest first, each with its next step. */
import type { StackStatus } from "../../app/read-status.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { shortened, withCode } from "./prose.ts";
import { badge, counted } from "./words.ts";

const SEVERITIES = {
  critical: { word: "critical", sign: "✕", tone: "bad" },
  warning: { word: "warning", sign: "!", tone: "warn" },
} as const;

/** These are seen at once; jobs should not be far below them. */
const SHOWN = 3;
/** A dead store can make hundreds; the API has them all. */
const FOLDED = 10;

type Alert = StackStatus["alerts"][number];

export function alertsSection(alerts: StackStatus["alerts"], moments: Moments): Html | undefined {
  if (alerts.length === 0) return undefined;
  const gravestFirst = alerts.toSorted(
    (a, b) => Number(b.problem.severity === "critical") - Number(a.problem.severity === "critical"),
  );
  const folded = gravestFirst.slice(SHOWN, SHOWN + FOLDED);
  const rest = alerts.length - SHOWN - FOLDED;
  return html`<section>
    <h2>Alerts</h2>
    ${list(gravestFirst.slice(0, SHOWN), moments)}
    ${
      folded.length === 0
        ? ""
        : html`<details>
            <summary>${counted(folded.length + Math.max(0, rest), "more alert")}</summary>
            ${list(folded, moments)}${rest > 0 ? html`<p>And ${rest} more.</p>` : ""}
          </details>`
    }
  </section>`;
}

function list(alerts: readonly Alert[], moments: Moments): Html {
  const items = alerts.map(
    ({ problem, since }) =>
      html`<li>
        ${badge(SEVERITIES[problem.severity])} <b>${problem.title}</b>
        <p>${withCode(shortened(problem.detail))}</p>
        <p>${withCode(shortened(problem.next))}</p>
        <small>since ${moments.relative(since)}</small>
      </li>`,
  );
  return html`<ul class="alerts">
    ${items}
  </ul>`;
}
