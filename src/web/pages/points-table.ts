/** The points of a job, the newest first: what is in each, and in each store what keeps it there and how it was proven last. */
import { formatDuration, formatSize } from "../../domain/human-text.ts";
import { recentOnly } from "../../domain/recent-only.ts";
import { byNewest, type CatalogPoint } from "../../domain/recovery-point.ts";
import type { RetentionDecision } from "../../domain/retention.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { Room } from "./room.ts";
import { badge, counted, type State } from "./words.ts";

const POINTS_SHOWN = 100;
/** Of all of them, in bytes. */
const ROOM = 40_000;

export interface PointsView {
  points: readonly CatalogPoint[];
  /** By store. */
  retention: ReadonlyMap<string, readonly RetentionDecision[]>;
  moments: Moments;
  zone: string;
  /** Where the files of a point are looked into; undefined: nowhere. */
  filesOf: ((point: CatalogPoint) => string | undefined) | undefined;
}

export function pointsTable(view: PointsView): Html {
  const copies = Map.groupBy(view.points.toSorted(byNewest), ({ id }) => id);
  if (copies.size === 0) return html`<p class="empty">There is no point of this job yet.</p>`;
  const groups = [...copies.values()].slice(0, POINTS_SHOWN).map((of) => pointGroup(of, view));
  const shown = new Room(ROOM).take(groups);
  return html`<table class="points">
      <caption>
        ${counted(copies.size, "point")}
      </caption>
      <thead>
        <tr>
          <th scope="col">Point</th>
          <th scope="col">Started</th>
          <th scope="col" class="n">Size</th>
          <th scope="col">Store</th>
          <th scope="col">Proven</th>
          <th scope="col">Kept because</th>
        </tr>
      </thead>
      ${shown}
    </table>
    ${copies.size > shown.length ? html`<p>And ${counted(copies.size - shown.length, "older point")}: <code>holdfast list</code> shows them all.</p>` : ""}`;
}

function pointGroup(copies: readonly CatalogPoint[], view: PointsView): Html {
  const [point, ...others] = copies;
  if (point === undefined) return html``;
  const { record, id, startedAt } = point;
  const { sourceBytes, storedBytes } = record.totals;
  const files = view.filesOf?.(point);
  const name = files === undefined ? html`<b>${id}</b>` : html`<a href="${files}">${id}</a>`;
  const rows = copies.length;
  return html`<tbody>
    <tr>
      <th scope="rowgroup" rowspan="${rows}">${name}<small>${notesOn(point)}</small></th>
      <td rowspan="${rows}" data-label="Started">${view.moments.relative(startedAt, view.zone)}</td>
      <td rowspan="${rows}" data-label="Size" class="n">
        <div>
          ${formatSize(storedBytes)}<small
            >${formatSize(sourceBytes)} in ${counted(record.totals.files, "file")}</small
          >
        </div>
      </td>
      ${storeCells(point, view)}
    </tr>
    ${others.map(
      (copy) =>
        html`<tr>
          ${storeCells(copy, view)}
        </tr>`,
    )}
  </tbody>`;
}

function notesOn({ record, pinned }: CatalogPoint): string {
  const { kind, needs, warningCount, encryption, incomplete } = record;
  const recent = recentOnly(record);
  return [
    kind === "incremental" ? `incremental, needs ${counted(needs.length, "other")}` : "full",
    ...(recent === undefined
      ? []
      : [`partial by design (only files modified within ${formatDuration(recent.within)})`]),
    ...(encryption === null ? [] : ["encrypted"]),
    ...(pinned ? ["pinned"] : []),
    ...(incomplete === true ? ["incomplete"] : []),
    ...(warningCount === 0 ? [] : [counted(warningCount, "warning")]),
  ].join(", ");
}

const PROOFS: Record<"passed" | "failed", State> = {
  passed: { word: "passed", sign: "✓", tone: "good" },
  failed: { word: "damaged", sign: "✕", tone: "bad" },
};

function storeCells(point: CatalogPoint, { retention, moments, zone }: PointsView): Html {
  const { store, id, lastProof } = point;
  const decision = retention.get(store)?.find((each) => each.id === id);
  const proof =
    lastProof === undefined
      ? html`read back when written`
      : html`${badge(PROOFS[lastProof.outcome])} ${lastProof.operation}
        ${moments.relative(Date.parse(lastProof.at), zone)}
        ${lastProof.problems.slice(0, 1).map((problem) => html`<small class="reason">${problem}</small>`)}`;
  return html`<td data-label="Store">${store}</td>
    <td data-label="Proven"><div>${proof}</div></td>
    <td data-label="Kept because"><div>${whyKept(decision)}</div></td>`;
}

function whyKept(decision: RetentionDecision | undefined): Html {
  if (decision === undefined) return html`–`;
  const reasons = decision.reasons.join("; ");
  return decision.action === "keep"
    ? html`${reasons}`
    : html`<b>goes with the next prune</b><small>${reasons}</small>`;
}
