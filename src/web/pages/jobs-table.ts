/** The jobs, the worst first: one group of rows a job, one row a store. */
import type {
  DrillStatus,
  JobStatus,
  JobStoreStatus,
  NewestPoint,
  StackStatus,
} from "../../app/read-status.ts";
import { FRESHNESS } from "../../domain/freshness.ts";
import { formatDuration, formatSize } from "../../domain/human-text.ts";
import { OUTCOMES, type RunRecord } from "../../domain/run.ts";
import { damagedText, expectation, whyNotKnown } from "../freshness-words.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { withCode } from "./prose.ts";
import { badge, counted, FRESHNESS_STATES, OUTCOME_STATES } from "./words.ts";

type Shown = Pick<StackStatus, "jobs" | "stores">;

export function jobsTable(status: Shown, moments: Moments): Html {
  const worstFirst = status.jobs.toSorted(
    (a, b) => FRESHNESS.indexOf(b.freshness) - FRESHNESS.indexOf(a.freshness),
  );
  return html`<table class="jobs">
    <caption>
      Jobs
    </caption>
    <thead>
      <tr>
        <th scope="col">Job</th>
        <th scope="col">Last run</th>
        <th scope="col">Next run</th>
        <th scope="col">
          <abbr title="What would be lost now: the age of the newest good point">RPO</abbr> /
          <abbr title="How long the last restore or drill of a whole point took">RTO</abbr>
        </th>
        <th scope="col">Store</th>
        <th scope="col">Newest point</th>
        <th scope="col" class="n">Size</th>
        <th scope="col" class="n">Points</th>
      </tr>
    </thead>
    ${worstFirst.map((job) => jobGroup(job, status, moments))}
  </table>`;
}

function jobGroup(job: JobStatus, status: Shown, moments: Moments): Html {
  const [first, ...others] = job.stores.map((inStore) => storeCells(job, inStore, { status, moments }));
  const rows = Math.max(1, job.stores.length);
  const head = html`<th scope="rowgroup" rowspan="${rows}" id="job-${job.name}">
      <b>${job.name}</b><small>${job.sourceKind}, ${scheduleOf(job)}</small>
    </th>
    <td rowspan="${rows}" data-label="Last run">${lastRunCell(job, moments)}</td>
    <td rowspan="${rows}" data-label="Next run">${nextRunCell(job, moments)}</td>
    <td rowspan="${rows}" data-label="RPO / RTO">${objectivesCell(job, moments)}</td>`;
  return html`<tbody>
    <tr>
      ${head}${first}
    </tr>
    ${others.map(
      (cells) =>
        html`<tr>
          ${cells}
        </tr>`,
    )}
  </tbody>`;
}

function scheduleOf({ schedule }: JobStatus): Html {
  if (schedule === undefined) return html`by hand`;
  return html`<span class="whole" title="${schedule.timezone}">${schedule.expression}</span>`;
}

function lastRunCell({ lastRun, recentRuns, schedule }: JobStatus, moments: Moments): Html {
  if (lastRun === undefined) return html`<div>never ran</div>`;
  const { outcome, startedAt, durationMs, reason } = lastRun;
  return html`<div>
    ${badge(OUTCOME_STATES[outcome])} ${moments.relative(startedAt, schedule?.timezone)}
    <small>took ${formatDuration(durationMs)} ${trend(recentRuns)}</small>
    ${reason === undefined ? "" : html`<small class="reason">${withCode(reason)}</small>`}
  </div>`;
}

/** How many runs the trend shows. */
const TREND_LENGTH = 14;

/** A bar a run, the newest on the right; the worse a run, the taller its bar. */
function trend(newestFirst: readonly RunRecord[]): Html | undefined {
  const runs = newestFirst.slice(0, TREND_LENGTH).reverse();
  if (runs.length < 2) return undefined;
  const counts = OUTCOMES.map((outcome) => ({
    outcome,
    count: runs.filter((run) => run.outcome === outcome).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count} ${OUTCOME_STATES[outcome].word}`);
  const label = `Of the last ${runs.length} runs: ${counts.join(", ")}`;
  const bars = runs.map(({ outcome }) => html`<i class="${OUTCOME_STATES[outcome].tone}"></i>`);
  return html`<span class="trend" role="img" aria-label="${label}" title="${label}">${bars}</span>`;
}

function nextRunCell({ running, nextRunAt, schedule }: JobStatus, moments: Moments): Html {
  const next = nextRunAt === undefined ? "by hand" : moments.relative(nextRunAt, schedule?.timezone);
  return html`<div>${running ? html`<b class="badge calm">running now</b><br />` : ""}${next}</div>`;
}

function objectivesCell({ rpo, rto, drill, schedule }: JobStatus, moments: Moments): Html {
  const text = (duration: number | undefined) => (duration === undefined ? "–" : formatDuration(duration));
  return html`<div>${text(rpo)} / ${text(rto)} ${drillLines(drill, schedule?.timezone, moments)}</div>`;
}

function drillLines(
  { lastRun, overdueSince }: DrillStatus,
  zone: string | undefined,
  moments: Moments,
): Html[] {
  const last =
    lastRun === undefined
      ? []
      : [
          html`<small class="${lastRun.outcome === "failed" ? "reason" : ""}"
            >drill ${OUTCOME_STATES[lastRun.outcome].word} ${moments.relative(lastRun.startedAt, zone)}</small
          >`,
        ];
  return overdueSince === undefined ? last : [...last, html`<small class="reason">drill overdue</small>`];
}

function storeCells(
  job: JobStatus,
  inStore: JobStoreStatus,
  { status, moments }: { status: Shown; moments: Moments },
): Html {
  const { store, freshness, newest, points, oldestAt, damaged } = inStore;
  const zone = job.schedule?.timezone;
  const oldest =
    oldestAt === undefined ? "" : html`<small>oldest ${moments.relative(oldestAt, zone)}</small>`;
  return html`<td data-label="Store">${store}</td>
    <td data-label="Newest">
      <div>
        ${badge(FRESHNESS_STATES[freshness])}
        ${newest === undefined ? "" : moments.relative(newest.startedAt, zone)}
        ${expectation(job, freshness).map((sentence) => html`<small>${sentence}</small>`)}
        ${freshness === "unknown" ? html`<small class="reason">${withCode(whyNotKnown(status, store))}</small>` : ""}
        ${damaged.length === 0 ? "" : html`<small class="reason">${damagedText(damaged.length)}</small>`}
        ${warningsOf(newest)}
      </div>
    </td>
    <td data-label="Size" class="n"><div>${newest === undefined ? "–" : sizeOf(newest)}</div></td>
    <td data-label="Points" class="n"><div>${points ?? "–"}${oldest}</div></td>`;
}

function sizeOf({ storedBytes, sourceBytes, files }: NewestPoint): Html {
  const content = `${formatSize(sourceBytes)} in ${files.toLocaleString("en")} ${files === 1 ? "file" : "files"}`;
  return html`${formatSize(storedBytes)}<small>${content}</small>`;
}

function warningsOf(newest: NewestPoint | undefined): Html | undefined {
  if (newest === undefined || newest.warningCount === 0) return undefined;
  return html`<small>taken with ${counted(newest.warningCount, "warning")}</small>`;
}
