/** All that is known of one job: its state, its days, its points with what keeps them and what they lack, its last runs. */
import type { JobStatus, StackStatus } from "../../app/read-status.ts";
import type { CatalogPoint } from "../../domain/recovery-point.ts";
import type { TimelineDay } from "../../domain/timeline.ts";
import type { WebContext } from "../context.ts";
import { notFresh } from "../freshness-words.ts";
import { html, type Html } from "./html.ts";
import { jobsTable } from "./jobs-table.ts";
import { Moments } from "./moments.ts";
import { pageOf } from "./page.ts";
import { pointsTable } from "./points-table.ts";
import { shortened, withCode } from "./prose.ts";
import { runsSection } from "./runs-section.ts";
import { Timelines, timelineLegend } from "./timeline-bars.ts";
import { warningsSection } from "./warnings-section.ts";
import { counted, FRESHNESS_STATES, type State } from "./words.ts";

export interface JobPageView extends Pick<WebContext, "past" | "runs" | "retention"> {
  logOf: WebContext["logOf"] | undefined;
  /** What can be done with the job, and what came of it. */
  actions: Html | undefined;
  filesOf: ((point: CatalogPoint) => string | undefined) | undefined;
}

/** Served at `jobs/<job>` below the status page. */
export function jobPage(status: StackStatus, job: JobStatus, view: JobPageView): string {
  const moments = new Moments(status.at);
  const timelines = new Timelines(status.at);
  const zone = job.schedule?.timezone ?? "UTC";
  const past = view.past(job.name, timelines.since(zone));
  const state = FRESHNESS_STATES[job.freshness];
  return pageOf({
    title: `${state.sign} ${job.name}: ${state.word}`,
    tone: state.tone,
    root: "../",
    live: true,
    main: html`<nav class="trail" aria-label="Back"><a href="../">← All backups of ${status.stack}</a></nav>
      ${verdict(status, job, state)} ${view.actions}
      ${jobsTable([job], { stores: status.stores, moments, timelines, past: () => past, isOne: true })}
      ${timelineLegend()} ${daysDetails(timelines.of(zone, past, job.firstSeenAt))}
      ${pointsTable({
        ...{ moments, zone, points: past.points, filesOf: view.filesOf },
        retention: view.retention(job.name),
      })}
      ${warningsSection({ moments, zone, points: past.points, mayNameFiles: view.logOf !== undefined })}
      ${runsSection({ runs: view.runs(job.name), logOf: view.logOf, moments, zone })}`,
    footer: html`<p>As of ${moments.absolute(status.at)}. Holdfast ${status.version}.</p>`,
  });
}

function verdict(status: StackStatus, job: JobStatus, { sign, tone, word }: State): Html {
  const reasons = notFresh({ ...status, jobs: [job] }).map(
    ({ store, reason }) => html`<p>${store}: ${withCode(shortened(reason))}</p>`,
  );
  return html`<div class="verdict ${tone}">
    <span class="sign" aria-hidden="true">${sign}</span>
    <div>
      <h1>${job.name}: ${word}</h1>
      ${reasons.length === 0 ? html`<p>in ${counted(job.stores.length, "store")}</p>` : reasons}
    </div>
  </div>`;
}

/** The bars in words, the newest day first. */
function daysDetails(days: readonly TimelineDay[]): Html {
  const items = days.toReversed().map(
    ({ name, state, counts }) =>
      html`<li>
        ${name}:
        ${state}${Object.entries(counts)
          .filter(([, count]) => count > 0)
          .map(([outcome, count]) => `, ${count} ${outcome}`)
          .join("")}
      </li>`,
  );
  return html`<details>
    <summary>Day by day</summary>
    <ol class="log">
      ${items}
    </ol>
  </details>`;
}
