/** Jobs: one group of rows a job, one row a store. */
import type {
  DrillStatus,
  JobStatus,
  JobStoreStatus,
  NewestPoint,
  StackStatus,
} from "../../app/read-status.ts";
import { formatDuration, formatSize } from "../../domain/human-text.ts";
import { SECOND } from "../../domain/instant.ts";
import type { JobPast, WebContext } from "../context.ts";
import { damagedText, expectation, whyNotKnown } from "../freshness-words.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { shortened, withCode } from "./prose.ts";
import { sizeTrend } from "./size-trend.ts";
import { timelineBars, type Timelines } from "./timeline-bars.ts";
import { badge, counted, FRESHNESS_STATES, OUTCOME_STATES } from "./words.ts";

/** What the rows of a job are made with. */
export interface JobsView {
  stores: StackStatus["stores"];
  moments: Moments;
  timelines: Timelines;
  past: WebContext["past"];
  /** On its own page a job is no link. */
  isOne?: boolean;
}

export function jobsTable(jobs: readonly JobStatus[], view: JobsView): Html {
  return html`<table class="jobs">
    <caption>
      ${view.isOne === true ? "Job" : "Jobs"}
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
    ${jobs.map((job) => jobGroup(job, view))}
  </table>`;
}

function jobGroup(job: JobStatus, view: JobsView): Html {
  const { moments, timelines } = view;
  const zone = job.schedule?.timezone ?? "UTC";
  const past = view.past(job.name, timelines.since(zone));
  const days = timelines.of(zone, past, job.firstSeenAt);
  const [first, ...others] = job.stores.map((inStore, at) =>
    storeCells(job, inStore, { ...view, past: at === 0 ? past : undefined }),
  );
  const rows = Math.max(1, job.stores.length);
  const head = html`<th scope="rowgroup" rowspan="${rows}" id="job-${job.name}">
      ${view.isOne === true ? html`<b>${job.name}</b>` : html`<a href="jobs/${encodeURIComponent(job.name)}">${job.name}</a>`}<small
        >${job.sourceKind}, ${scheduleOf(job)}</small
      >${timelineBars(days)}
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

function lastRunCell({ lastRun, schedule }: JobStatus, moments: Moments): Html {
  if (lastRun === undefined) return html`<div>never ran</div>`;
  const { outcome, startedAt, durationMs, reason } = lastRun;
  return html`<div>
    ${badge(OUTCOME_STATES[outcome])} ${moments.relative(startedAt, schedule?.timezone)}
    <small>took ${formatDuration(durationMs)}</small>
    ${reason === undefined ? "" : html`<small class="reason">${withCode(shortened(reason))}</small>`}
  </div>`;
}

function nextRunCell({ running, nextRunAt, schedule }: JobStatus, moments: Moments): Html {
  const next = nextRunAt === undefined ? "by hand" : moments.relative(nextRunAt, schedule?.timezone);
  return html`<div>${running ? html`<b class="badge calm">running now</b><br />` : ""}${next}</div>`;
}

function objectivesCell({ rpo, rto, drill, schedule }: JobStatus, moments: Moments): Html {
  const text = (duration: number | undefined) =>
    html`<span class="whole">${duration === undefined ? "–" : formatDuration(duration)}</span>`;
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
  { stores, moments, past }: Pick<JobsView, "stores" | "moments"> & { past: JobPast | undefined },
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
        ${freshness === "unknown" ? html`<small class="reason">${withCode(shortened(whyNotKnown({ stores }, store)))}</small>` : ""}
        ${damaged.length === 0 ? "" : html`<small class="reason">${damagedText(damaged.length)}</small>`}
        ${partialOf(newest)} ${warningsOf(newest)}
      </div>
    </td>
    <td data-label="Size" class="n">
      <div>${past && sizeTrend(past.points)}${newest === undefined ? "–" : sizeOf(newest)}</div>
    </td>
    <td data-label="Points" class="n"><div>${points ?? "–"}${oldest}</div></td>`;
}

function sizeOf({ storedBytes, sourceBytes, files }: NewestPoint): Html {
  const content = `${formatSize(sourceBytes)} in ${files.toLocaleString("en")} ${files === 1 ? "file" : "files"}`;
  return html`${formatSize(storedBytes)}<small>${content}</small>`;
}

/** What is older is not in it, however fresh it is. */
function partialOf(newest: NewestPoint | undefined): Html | undefined {
  if (newest?.modifiedWithinSeconds === undefined) return undefined;
  const within = formatDuration(newest.modifiedWithinSeconds * SECOND);
  return html`<small>partial by design: only files modified within ${within}</small>`;
}

function warningsOf(newest: NewestPoint | undefined): Html | undefined {
  if (newest === undefined || newest.warningCount === 0) return undefined;
  return html`<small>taken with ${counted(newest.warningCount, "warning")}</small>`;
}
