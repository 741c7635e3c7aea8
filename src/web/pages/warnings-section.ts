/** What the newest points do not hold as it stood: of each, how much and of which kind, and, for whom that is, which files. */
import { byNewest, type CatalogPoint, type CommitRecord } from "../../domain/recovery-point.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { shortened, withCode } from "./prose.ts";
import { Room } from "./room.ts";
import { counted } from "./words.ts";

const POINTS_SHOWN = 5;
const WARNINGS_SHOWN = 20;
/** Of all warnings, in bytes. */
const ROOM = 12_000;

export interface WarningsView {
  /** A point in two stores twice. */
  points: readonly CatalogPoint[];
  moments: Moments;
  zone: string;
  /** Warnings name files. */
  mayNameFiles: boolean;
}

export function warningsSection(view: WarningsView): Html | undefined {
  const copies = Map.groupBy(view.points.toSorted(byNewest), ({ id }) => id);
  const warned = [...copies.values()].flatMap(([point]) =>
    point !== undefined && point.record.warningCount > 0 ? [point] : [],
  );
  if (warned.length === 0) return undefined;
  const room = new Room(ROOM);
  const rest = warned.length - POINTS_SHOWN;
  return html`<section>
    <h2>Warnings</h2>
    <ul class="alerts">
      ${warned.slice(0, POINTS_SHOWN).map((point) => html`<li>${pointItem(point, view, room)}</li>`)}
    </ul>
    ${rest > 0 ? html`<p>And those of ${counted(rest, "older point")}.</p>` : ""}
    ${view.mayNameFiles ? "" : html`<p>${withCode("`holdfast show <point>` names the files.")}</p>`}
  </section>`;
}

function pointItem({ id, startedAt, record }: CatalogPoint, view: WarningsView, room: Room): Html {
  const title = html`<b>${id}</b> ${view.moments.relative(startedAt, view.zone)}:
    ${counted(record.warningCount, "warning")}${kindsOf(record)}`;
  if (!view.mayNameFiles) return title;
  return html`<details>
    <summary>${title}</summary>
    ${warningList(record, id, room)}
  </details>`;
}

/** ` (2 changed, 1 unreadable)`, the most frequent first. */
function kindsOf({ warnings }: CommitRecord): string {
  const kinds = [...Map.groupBy(warnings, ({ problem }) => problem)].map(
    ([problem, of]) => [problem.replaceAll("-", " "), of.length] as const,
  );
  const counts = kinds.toSorted(([, a], [, b]) => b - a).map(([problem, count]) => `${count} ${problem}`);
  return counts.length === 0 ? "" : ` (${counts.join(", ")})`;
}

function warningList({ warnings, warningCount }: CommitRecord, id: string, room: Room): Html {
  const items = warnings.slice(0, WARNINGS_SHOWN).map(({ message }) => html`<li>${shortened(message)}</li>`);
  const shown = room.take(items);
  const rest = warningCount - shown.length;
  return html`<ol class="log">
      ${shown}
    </ol>
    ${rest > 0 ? html`<p>And ${rest} more: ${withCode(`\`holdfast show ${id}\``)} names them.</p>` : ""}`;
}
