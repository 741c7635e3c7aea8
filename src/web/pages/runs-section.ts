/** The last runs of a job, each with what it said while it went on. */
import { formatDuration } from "../../domain/human-text.ts";
import type { RunRecord } from "../../domain/run.ts";
import type { RunLogLine } from "../context.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { withCode } from "./prose.ts";
import { badge, counted, OUTCOME_STATES } from "./words.ts";

export interface RunsView {
  runs: readonly RunRecord[];
  /** Undefined: whoever looks may not see it, for it names files. */
  logOf: ((run: string) => readonly RunLogLine[]) | undefined;
  moments: Moments;
  zone: string;
}

export function runsSection(view: RunsView): Html | undefined {
  if (view.runs.length === 0) return undefined;
  return html`<section>
    <h2>Last runs</h2>
    <ul class="alerts">
      ${view.runs.map((run) => runItem(run, view))}
    </ul>
  </section>`;
}

function runItem(run: RunRecord, { logOf, moments, zone }: RunsView): Html {
  const { outcome, operation, startedAt, durationMs, reason, trigger, warningCount, stores } = run;
  const failed = stores.filter((store) => store.error !== undefined);
  return html`<li>
    ${badge(OUTCOME_STATES[outcome])} <b>${operation}</b> ${moments.relative(startedAt, zone)}
    <small
      >took ${formatDuration(durationMs)}, by
      ${trigger}${warningCount === 0 ? "" : `, ${counted(warningCount, "warning")}`}</small
    >
    ${reason === undefined ? "" : html`<p>${withCode(reason)}</p>`}
    ${failed.map(({ store, error }) => html`<p>${store}: ${withCode(error ?? "")}</p>`)}
    ${logOf === undefined ? "" : logDetails(logOf(run.id), moments, zone)}
  </li>`;
}

function logDetails(lines: readonly RunLogLine[], moments: Moments, zone: string): Html | undefined {
  if (lines.length === 0) return undefined;
  const items = lines.map(
    ({ at, level, text }) =>
      html`<li>${moments.absolute(at, zone)} ${level === "info" ? "" : html`<b>${level}</b>`} ${text}</li>`,
  );
  return html`<details>
    <summary>Log, ${counted(lines.length, "line")}</summary>
    <ol class="log">
      ${items}
    </ol>
  </details>`;
}
