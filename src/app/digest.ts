/** How the whole stack stands, told once a period although nothing may be wrong: who never hears anything cannot know that all is well. */
import type { AlertMessage } from "../domain/alerts.ts";
import { FRESHNESS } from "../domain/freshness.ts";
import { formatCount, formatDuration, formatSize } from "../domain/human-text.ts";
import type { Instant } from "../domain/instant.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { Silence } from "../domain/silence.ts";
import type { AlertState, ChannelNotes } from "../ports/state.ts";
import type { JobStatus, JobStoreStatus, StackStatus } from "./read-status.ts";

/** Lines of each part of one message; the rest is counted. */
const MOST_LINES = 40;
/** When the last digest of a channel was due, in the notes. */
const TOLD = "digest";

export interface DigestChannel {
  name: string;
  /** Undefined: it wants none. */
  digest: Schedule | undefined;
  /** Undefined: all. */
  jobs: readonly string[] | undefined;
}

export interface DigestLook {
  state: AlertState;
  notes: ChannelNotes;
  status: StackStatus;
}

/** Remembers by process when to look again, and in the state what was told: one digest a period, over restarts too. */
export class Digests {
  readonly #channels: readonly DigestChannel[];
  readonly #lookAt = new Map<string, Instant>();

  constructor(channels: readonly DigestChannel[]) {
    this.#channels = channels.filter(({ digest }) => digest !== undefined);
  }

  /** Queues those that are due, of several missed ones the last, and says how many. A channel that is new is told at the next. */
  queueDue({ state, notes, status }: DigestLook): number {
    const now = status.at;
    const due = this.#channels.filter((channel) => this.#isDue(channel, notes, now));
    if (due.length === 0) return 0;
    state.commit({
      active: state.active(),
      deliveries: due.map(({ name, jobs }) => ({
        ...{ channel: name, notBefore: now },
        message: digestOf(status, { jobs, id: `digest-${name}-${now}` }),
      })),
    });
    return due.length;
  }

  #isDue({ name, digest }: DigestChannel, notes: ChannelNotes, now: Instant): boolean {
    const lookAt = this.#lookAt.get(name);
    if (digest === undefined || (lookAt !== undefined && now < lookAt)) return false;
    this.#lookAt.set(name, digest.next(now) ?? Infinity);
    const due = digest.previous(now);
    const told = notes.get(name, TOLD);
    if (due === undefined || (told !== undefined && due <= Number(told))) return false;
    // Noted first: what cannot be noted would be told at every look.
    notes.set({ channel: name, name: TOLD, value: String(due), at: now });
    return told !== undefined;
  }
}

export function digestOf(
  status: StackStatus,
  { jobs: wanted, id }: { jobs: DigestChannel["jobs"]; id: string },
): AlertMessage {
  const { stack, at, silences = [] } = status;
  const isWanted = (job: string | undefined) =>
    wanted === undefined || job === undefined || wanted.includes(job);
  const jobs = status.jobs.filter(({ name }) => isWanted(name));
  const alerts = status.alerts.filter(({ problem }) => isWanted(problem.job));
  const places = jobs.flatMap(({ stores }) => stores);
  const fresh = places.filter(({ freshness }) => freshness === "fresh" || freshness === "late").length;
  const isWell = alerts.length === 0 && fresh === places.length;
  const worstFirst = jobs.toSorted((a, b) => rankOf(b) - rankOf(a));
  const parts = [
    ...(alerts.length === 0
      ? []
      : [
          [
            "Needs attention:",
            ...listed(
              alerts.map(({ problem, since }) => `${problem.title}, for ${formatDuration(at - since)}`),
            ),
          ],
        ]),
    listed(worstFirst.map((job) => jobLine(job, at))),
    silences.map((silence) => silenceLine(silence, at)),
  ];
  return {
    ...{ id, event: "digest", stack, since: at, at },
    problem: {
      condition: "stale",
      severity: isWell ? "warning" : "critical",
      title: isWell
        ? `${stack}: every backup is fresh`
        : `${stack}: ${fresh} of ${places.length} backups are fresh, ${formatCount(alerts.length, "alert")}`,
      detail: parts
        .filter(({ length }) => length > 0)
        .map((lines) => lines.join("\n"))
        .join("\n\n"),
      next: isWell ? "" : "Run `holdfast status`.",
    },
  };
}

function listed(lines: readonly string[]): string[] {
  const more = lines.length - MOST_LINES;
  return more <= 0 ? [...lines] : [...lines.slice(0, MOST_LINES), `… and ${more} more`];
}

function rankOf({ freshness }: JobStatus): number {
  return FRESHNESS.indexOf(freshness);
}

/** One verdict for each store, and what would be lost and how long it would take. */
function jobLine({ name, stores, rpo, rto, drill, successRate }: JobStatus, now: Instant): string {
  const verdicts = [...Map.groupBy(stores, ({ freshness }) => freshness)].map(
    ([freshness, of]) => `${freshness} in ${of.map(({ store }) => store).join(", ")}`,
  );
  const facts = [
    ...sizeOf(stores),
    rpo === undefined ? "RPO unknown" : `RPO ${formatDuration(rpo)}`,
    ...(rto === undefined ? [] : [`RTO ${formatDuration(rto)}`]),
    ...drillText(drill, now),
    ...(successRate === undefined ? [] : [`${Math.floor(successRate * 100)} % of runs succeeded`]),
  ];
  return `${name}: ${[...verdicts, ...facts].join("; ")}`;
}

function sizeOf(stores: readonly JobStoreStatus[]): string[] {
  const newest = stores.flatMap((inStore) => inStore.newest ?? []);
  const [last] = newest.toSorted((a, b) => b.startedAt - a.startedAt);
  return last === undefined ? [] : [formatSize(last.sourceBytes)];
}

function drillText({ lastSuccessAt, overdueSince }: JobStatus["drill"], now: Instant): string[] {
  const overdue = overdueSince === undefined ? [] : ["drill overdue"];
  if (lastSuccessAt === undefined) return overdue;
  return [`drill passed ${formatDuration(now - lastSuccessAt)} ago`, ...overdue];
}

function silenceLine({ job, until, reason }: Silence, now: Instant): string {
  const what = job === undefined ? "All alerts are" : `Alerts of ${job} are`;
  const why = reason === "" ? "" : `: ${reason}`;
  return `${what} silenced for ${formatDuration(until - now)}${why}`;
}
