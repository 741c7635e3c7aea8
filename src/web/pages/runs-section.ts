/** The last runs of a job, each with what it said while it went on. */
import { formatDuration } from "../../domain/human-text.ts";
import type { RunRecord } from "../../domain/run.ts";
import type { RunLogLine } from "../context.ts";
import { html, type Html } from "./html.ts";
import type { Moments } from "./moments.ts";
import { shortened, withCode } from "./prose.ts";
import { Room } from "./room.ts";
import { badge, counted, OUTCOME_STATES } from "./words.ts";

export interface RunsView {
  runs: readonly RunRecord[];
  /** Undefined: whoever looks may not see it, for it names files. */
  logOf: ((run: string) => readonly RunLogLine[]) | undefined;
  moments: Moments;
  zone: string;
}

/** Of all logs, of the one of a run, and of all reasons, in bytes. */
const ROOM_OF_LOGS = 16_000;
const ROOM_OF_LOG = 5000;
const ROOM_OF_REASONS = 12_000;
const LAST_LINES = 3;

interface Rooms {
  logs: Room;
  reasons: Room;
}

export function runsSection(view: RunsView): Html | undefined {
  if (view.runs.length === 0) return undefined;
  const rooms: Rooms = { logs: new Room(ROOM_OF_LOGS), reasons: new Room(ROOM_OF_REASONS) };
  return html`<section>
    <h2>Last runs</h2>
    <ul class="alerts">
      ${view.runs.map((run) => runItem(run, view, rooms))}
    </ul>
  </section>`;
}

function runItem(run: RunRecord, { logOf, moments, zone }: RunsView, rooms: Rooms): Html {
  const { outcome, operation, startedAt, durationMs, reason, trigger, warningCount, stores } = run;
  const reasons = [
    ...(reason === undefined ? [] : [html`<p>${withCode(shortened(reason))}</p>`]),
    ...stores.flatMap(({ store, error }) =>
      error === undefined ? [] : [html`<p>${store}: ${withCode(shortened(error))}</p>`],
    ),
  ];
  return html`<li>
    ${badge(OUTCOME_STATES[outcome])} <b>${operation}</b> ${moments.relative(startedAt, zone)}
    <small
      >took ${formatDuration(durationMs)}, by
      ${trigger}${warningCount === 0 ? "" : `, ${counted(warningCount, "warning")}`}</small
    >
    ${rooms.reasons.take(reasons)}
    ${logOf === undefined ? "" : logDetails(logOf(run.id), { moments, zone, room: rooms.logs })}
  </li>`;
}

/** How it ended stays; of what was said before, what there is room for. */
function logDetails(
  lines: readonly RunLogLine[],
  { moments, zone, room }: { moments: Moments; zone: string; room: Room },
): Html | undefined {
  if (lines.length === 0) return undefined;
  const items = lines.map(
    ({ at, level, text }) =>
      html`<li>
        ${moments.absolute(at, zone)} ${level === "info" ? "" : html`<b>${level}</b>`} ${shortened(text)}
      </li>`,
  );
  const last = room.take(items.slice(-LAST_LINES));
  const first = room.take(new Room(ROOM_OF_LOG).take(items.slice(0, -LAST_LINES)));
  const left = items.length - first.length - last.length;
  return html`<details>
    <summary>Log, ${counted(lines.length, "line")}</summary>
    <ol class="log">
      ${first} ${left > 0 ? html`<li>… ${counted(left, "line")} more, in the log of the container</li>` : ""}
      ${last}
    </ol>
  </details>`;
}
