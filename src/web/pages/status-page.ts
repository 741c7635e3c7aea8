/** The status page: the verdict in one line, what is wrong, then every job and every store. */
import type { StackStatus } from "../../app/read-status.ts";
import { alertsSection } from "./alerts-section.ts";
import type { WebContext } from "../context.ts";
import { html, type Html } from "./html.ts";
import { chooseJobs, EVERY_JOB, pageLinks, searchForm, type JobChoice, type JobQuery } from "./job-choice.ts";
import { jobsTable, type JobsView } from "./jobs-table.ts";
import { Moments } from "./moments.ts";
import { pageOf } from "./page.ts";
import { problemsSection } from "./problems-section.ts";
import { silencesSection } from "./silences-section.ts";
import { storesTable } from "./stores-table.ts";
import { timelineLegend, Timelines } from "./timeline-bars.ts";
import { unprotectedSection } from "./unprotected-section.ts";
import { verdictOf } from "./verdict.ts";

/** What of a stack's status is shown. */
export interface StatusView {
  past: WebContext["past"];
  query: JobQuery;
}

const WHOLE: StatusView = {
  past: () => ({ attempts: [], points: [], schedule: undefined }),
  query: EVERY_JOB,
};

/** Links are relative, so that the page works below any path of a reverse proxy. */
export function statusPage(status: StackStatus, { past, query }: StatusView = WHOLE): string {
  const moments = new Moments(status.at);
  const { sentence, tone, sign } = verdictOf(status);
  const choice = chooseJobs(status.jobs, query);
  const view = { stores: status.stores, moments, timelines: new Timelines(status.at), past };
  return pageOf({
    title: `${sign} ${status.stack}: ${sentence}`,
    tone,
    root: "",
    live: true,
    main: html`<div class="verdict ${tone}">
        <span class="sign" aria-hidden="true">${sign}</span>
        <div>
          <h1>${sentence}</h1>
          <p>Backups of ${status.stack}</p>
        </div>
      </div>
      ${silencesSection(status.silences ?? [], { moments, now: status.at })}
      ${alertsSection(status.alerts, moments)} ${searchForm(choice)}
      ${status.jobs.length === 0 ? NO_JOBS : jobsSection(choice, view)} ${problemsSection(status)}
      ${unprotectedSection(status)} ${status.stores.length === 0 ? "" : storesTable(status.stores, moments)}`,
    footer: html`<p>As of ${moments.absolute(status.at)}. Holdfast ${status.version}.</p>
      <nav aria-label="For machines">
        <a href="api/v1/status">JSON</a><a href="metrics">Metrics</a><a href="healthz">Health</a>
      </nav>`,
  });
}

function jobsSection(choice: JobChoice, view: JobsView): Html {
  if (choice.found === 0) return html`<p class="empty">No job has “${choice.query.find}” in its name.</p>`;
  return html`${jobsTable(choice.shown, view)} ${timelineLegend()} ${pageLinks(choice)}`;
}

const NO_JOBS = html`<p class="empty">
  There is nothing to back up. Mount a volume of the stack below <code>/source</code>, or name a job in
  <code>holdfast.yml</code>. <code>holdfast doctor</code> says what it sees.
</p>`;
