/** The status page: the verdict in one line, what is wrong, then every job and every store. */
import type { StackStatus } from "../../app/read-status.ts";
import { alertsSection } from "./alerts-section.ts";
import { html } from "./html.ts";
import { jobsTable } from "./jobs-table.ts";
import { Moments } from "./moments.ts";
import { pageOf } from "./page.ts";
import { problemsSection } from "./problems-section.ts";
import { storesTable } from "./stores-table.ts";
import { unprotectedSection } from "./unprotected-section.ts";
import { verdictOf } from "./verdict.ts";

/** Seconds. */
const REFRESH = 60;

/** Links are relative, so that the page works below any path of a reverse proxy. */
export function statusPage(status: StackStatus): string {
  const moments = new Moments(status.at);
  const { sentence, tone, sign } = verdictOf(status);
  return pageOf({
    title: `${sign} ${status.stack}: ${sentence}`,
    tone,
    refresh: REFRESH,
    main: html`<div class="verdict ${tone}">
        <span class="sign" aria-hidden="true">${sign}</span>
        <div>
          <h1>${sentence}</h1>
          <p>Backups of ${status.stack}</p>
        </div>
      </div>
      ${alertsSection(status.alerts, moments)}
      ${status.jobs.length === 0 ? NO_JOBS : jobsTable(status, moments)} ${problemsSection(status)}
      ${unprotectedSection(status)} ${status.stores.length === 0 ? "" : storesTable(status.stores, moments)}`,
    footer: html`<p>
        As of ${moments.absolute(status.at)}, read again every ${REFRESH} s. Holdfast ${status.version}.
      </p>
      <nav aria-label="For machines">
        <a href="api/v1/status">JSON</a><a href="metrics">Metrics</a><a href="healthz">Health</a>
      </nav>`,
  });
}

const NO_JOBS = html`<p class="empty">
  There is nothing to back up. Mount a volume below the source directory, or name a job in holdfast.yml.
</p>`;
