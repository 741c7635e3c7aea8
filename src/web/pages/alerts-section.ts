/** The alerts that are firing, the gravest first, each with its next step. */
import type { StackStatus } from "../../app/read-status.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { withCode } from "./prose.ts";
import { badge } from "./words.ts";

const SEVERITIES = {
  critical: { word: "critical", sign: "✕", tone: "bad" },
  warning: { word: "warning", sign: "!", tone: "warn" },
} as const;

export function alertsSection(alerts: StackStatus["alerts"], moments: Moments): Html | undefined {
  if (alerts.length === 0) return undefined;
  const gravestFirst = alerts.toSorted(
    (a, b) => Number(b.problem.severity === "critical") - Number(a.problem.severity === "critical"),
  );
  const items = gravestFirst.map(
    ({ problem, since }) =>
      html`<li>
        ${badge(SEVERITIES[problem.severity])} <b>${problem.title}</b>
        <p>${withCode(problem.detail)}</p>
        <p>${withCode(problem.next)}</p>
        <small>since ${moments.relative(since)}</small>
      </li>`,
  );
  return html`<section>
    <h2>Alerts</h2>
    <ul class="alerts">
      ${items}
    </ul>
  </section>`;
}
