/**
 * What an alert says: the title names the thing, the detail what is at risk and why, the next step a command that can be
 * copied. Written for somebody woken by it who has never seen the stack.
 */
import type { Problem } from "../domain/alerts.ts";
import type { CatalogProblem } from "./catalog.ts";
import { formatDuration, formatSize } from "../domain/human-text.ts";
import { dropText, type SizeDrop } from "../domain/size-drop.ts";
import { toIso, type Instant, type Milliseconds } from "../domain/instant.ts";
import type { RunRecord } from "../domain/run.ts";
import type {
  HeldServices,
  JobStatus,
  JobStoreStatus,
  NewestPoint,
  StackStatus,
  StoreStatus,
} from "./read-status.ts";
import type { Room } from "./store-room.ts";

export function stale(
  job: JobStatus,
  { store, newest, age }: JobStoreStatus,
  lastRun: RunRecord | undefined,
): Problem {
  const old = age === undefined ? "" : `, ${formatDuration(age)} old`;
  const limit = job.maxAge === undefined ? "" : `; the limit is ${formatDuration(job.maxAge)}`;
  const last = newest === undefined ? "" : `The last good point there is ${describe(newest)}${old}${limit}. `;
  return {
    condition: "stale",
    job: job.name,
    store,
    severity: "critical",
    title: `Backup of ${job.name} is stale in ${store}`,
    detail: `${last}All that changed since would be lost. ${whyNoNewer(job, store, newest?.startedAt, lastRun)}`,
    next: backupNow(job.name),
  };
}

export function neverSucceeded(
  job: JobStatus,
  { store, damaged }: JobStoreStatus,
  lastRun: RunRecord | undefined,
): Problem {
  const nothing =
    damaged.length === 0
      ? `no point of it has reached ${store}`
      : `the ${count(damaged.length, "point")} of it in ${store} cannot be trusted, for the last proof failed`;
  return {
    condition: "never-succeeded",
    job: job.name,
    store,
    severity: "critical",
    title: `There is no ${damaged.length === 0 ? "" : "good "}backup of ${job.name} in ${store}`,
    detail:
      `The job is known since ${when(job.firstSeenAt)}, and ${nothing}: ` +
      `all of it would be lost. ${whyNoNewer(job, store, undefined, lastRun)}`,
    next: backupNow(job.name),
  };
}

export function runFailed(run: RunRecord): Problem {
  return {
    condition: "run-failed",
    job: run.job,
    severity: "critical",
    title: `The last backup of ${run.job} failed`,
    detail: `It ran at ${when(run.startedAt)} for ${formatDuration(run.durationMs)} and made no point. ${reasonOf(run)} Older points are untouched.`,
    next: backupNow(run.job),
  };
}

export function runPartial(run: RunRecord): Problem {
  const failed = run.stores.filter((result) => result.outcome === "failed");
  const warnings =
    run.warningCount > 0
      ? `${count(run.warningCount, "warning")} about files that changed or could not be read. `
      : "";
  const missing = failed.map(
    ({ store, error }) => `It did not reach ${store}: ${sentence(error ?? "unknown why")} `,
  );
  const said = warnings + missing.join("");
  const show = run.point === undefined ? "holdfast status" : `holdfast show ${run.point}`;
  return {
    condition: "run-partial",
    job: run.job,
    severity: "warning",
    title: `The last backup of ${run.job} is partial`,
    detail: `It ran at ${when(run.startedAt)}. ${said === "" ? reasonOf(run) : said}`.trim(),
    next: failed.length > 0 ? backupNow(run.job) : `Run \`${show}\` to see what is affected.`,
  };
}

export function sizeBelowMinimum(job: JobStatus, newest: NewestPoint, minSize: number): Problem {
  return {
    condition: "size-below-minimum",
    job: job.name,
    severity: "critical",
    title: `Backup of ${job.name} is suspiciously small`,
    detail:
      `The newest point is ${describe(newest)}; at least ${formatSize(minSize)} is expected. ` +
      "The source may be empty, cut off or mounted from the wrong place; older points may be the only good ones.",
    next: `Check the source, then compare with \`holdfast list ${job.name}\`.`,
  };
}

export function sizeAnomaly(job: JobStatus, newest: NewestPoint, drop: SizeDrop): Problem {
  return {
    condition: "size-anomaly",
    job: job.name,
    severity: "warning",
    title: `Backup of ${job.name} holds much less than before`,
    detail:
      `The newest point is ${describe(newest)}: ${dropText(drop, formatSize)}. ` +
      "Something may have been lost in the source; older points hold what it had.",
    next: `Check the source, then compare with \`holdfast list ${job.name}\`. If it is meant, this ends by itself once the next points are as small; how much may be less says \`freshness.maxDrop\`.`,
  };
}

export function silentChange(job: JobStatus, { id, startedAt, silentChanges }: NewestPoint): Problem {
  const named = silentChanges.slice(0, MOST_NAMED).join(", ");
  const more = silentChanges.length - MOST_NAMED;
  return {
    condition: "silent-change",
    job: job.name,
    severity: "warning",
    title: `Files of ${job.name} changed without a trace`,
    detail:
      `The backup of ${when(startedAt)} read files again that nothing showed to have changed, and found other content in ` +
      `${named}${more > 0 ? ` and ${more} more` : ""}. It holds what they have now. ` +
      "A database may write so; otherwise the disk or its file system may be failing, and older points may hold the only good copy.",
    next: `Run \`holdfast show ${id}\` for the list; look at the disk's health, and compare a file with \`holdfast cat\` of an older point.`,
  };
}

export function verifyFailed(job: JobStatus, { store, newest, damaged }: JobStoreStatus): Problem {
  const named = damaged
    .slice(0, MOST_NAMED)
    .map(
      ({ id, foundAt, problem }) =>
        `${id}, found ${when(foundAt)}: ${sentence(problem ?? "no reason was kept")}`,
    );
  const good =
    newest === undefined
      ? `There is no good point of ${job.name} in ${store} now.`
      : `The newest good point there is ${describe(newest)}.`;
  return {
    condition: "verify-failed",
    job: job.name,
    store,
    severity: "critical",
    title:
      damaged.length === 1
        ? `A point of ${job.name} in ${store} is damaged`
        : `${damaged.length} points of ${job.name} in ${store} are damaged`,
    detail: `${named.join(" ")}${andMore(damaged.length)} ${good} Damage of one point is often the first sign of a failing disk.`,
    next:
      `Run \`holdfast verify ${job.name}\` to see what is whole, then \`holdfast backup ${job.name}\` for a new point. ` +
      "The alert ends when the point is gone or a verify finds it whole.",
  };
}

/** `found` is what one store holds of one job, at least one. */
export function pointUnusable(found: readonly CatalogProblem[]): Problem {
  const [{ job, store }] = found as [CatalogProblem, ...CatalogProblem[]];
  const holding = found.filter(({ kind }) => kind !== "foreign").map(({ id }) => id);
  const last = holding.toSorted().at(-1);
  const pruning =
    last === undefined
      ? "It is left alone."
      : `What it needs is not known, so no point of ${job} that is older than ${last} is pruned in ${store}.`;
  const newer = found.some(({ kind }) => kind === "unsupported");
  const remedy = newer
    ? "Run the newer version of Holdfast that wrote it"
    : "If the store can give the folder back as it was, let it; if not, move the folder out of the store";
  return {
    condition: "point-unusable",
    job,
    store,
    severity: "warning",
    title: `${found.length === 1 ? "A point" : count(found.length, "point")} of ${job} in ${store} cannot be used`,
    detail: `${found
      .slice(0, MOST_NAMED)
      .map(({ id, message }) => `${id}: ${sentence(message)}`)
      .join(" ")}${andMore(found.length)} ${pruning}`,
    next: `${remedy} (\`${job}/${found[0]?.id ?? ""}\` in the stack's folder of ${store}); \`holdfast list ${job}\` shows the points that can be used.`,
  };
}

export function stateUnwritable(error: string): Problem {
  return {
    condition: "state-unwritable",
    severity: "critical",
    title: "Holdfast cannot write its state",
    detail:
      `${sentence(error)} Backups, status and alerts go on from memory; what happens now is lost from the history, ` +
      "and alerts may be told again, if Holdfast is restarted before it can write.",
    next: "Free space on the disk of the state directory, or make it writable; `holdfast doctor` says whether it is.",
  };
}

export function servicesHeld({ job, services }: HeldServices, heldFor: Milliseconds): Problem {
  const names = services.join(", ");
  return {
    ...{ condition: "services-held", job, severity: "critical" },
    title: `Services have been held for ${job} for ${formatDuration(heldFor)}`,
    detail: `${names} ${services.length === 1 ? "has" : "have"} been paused or stopped for that long: the stack may not be working.`,
    next: "See `docker compose ps`; `docker compose unpause` or `docker compose start` with their names lets them run now.",
  };
}

export function configRefused(error: string): Problem {
  return {
    condition: "config-refused",
    severity: "warning",
    title: "The changed config is refused",
    detail: `${sentence(error)} The config before it stays in effect; Holdfast would not start again with this one.`,
    next: "Correct what it says; `holdfast config check` says whether that is all.",
  };
}

/** Points named in one message; there can be hundreds. */
const MOST_NAMED = 5;

function andMore(total: number): string {
  return total > MOST_NAMED ? ` And ${total - MOST_NAMED} more.` : "";
}

export function storeUnreachable(status: StackStatus, store: StoreStatus): Problem {
  const jobs = status.jobs.filter((job) => job.stores.some((inStore) => inStore.store === store.name));
  const affected = jobs.map((job) => job.name).join(", ");
  return {
    condition: "store-unreachable",
    store: store.name,
    severity: "critical",
    title: `Store ${store.name} cannot be reached`,
    detail:
      `${sentence(store.error ?? "It gave no reason")} Until it can, nothing is backed up to it or restored from it, ` +
      `and the age of what it holds is unknown${affected === "" ? "" : ` (jobs: ${affected})`}.`,
    next: "Run `holdfast doctor`: it tries each step and names the one that fails.",
  };
}

export function diskLow(store: StoreStatus, { free, total, nextRound }: Room): Problem {
  const tooLittle = free < nextRound;
  const need = nextRound === 0 ? "" : ` One more point of every job takes about ${formatSize(nextRound)}.`;
  return {
    condition: "disk-low",
    store: store.name,
    severity: tooLittle ? "critical" : "warning",
    title: `Store ${store.name} is running out of space`,
    detail:
      `${formatSize(free)} of ${formatSize(total)} is free.${need} ` +
      (tooLittle ? "The next backups will not fit." : "When it is full, no backup can be made."),
    next: "Run `holdfast prune <job> --dry-run` to see what retention would free, or make the disk larger.",
  };
}

function whyNoNewer(
  job: JobStatus,
  store: string,
  since: Instant | undefined,
  run: RunRecord | undefined,
): string {
  if (job.running) return "A run is under way now.";
  if (run === undefined || (since !== undefined && run.startedAt <= since))
    return "No run has ended since then.";
  const inStore = run.stores.find((result) => result.store === store);
  if (inStore?.outcome === "failed" && inStore.error !== undefined) {
    return `The last run, at ${when(run.startedAt)}, did not reach it: ${sentence(inStore.error)}`;
  }
  return `The last run, at ${when(run.startedAt)}, ended as ${run.outcome}. ${reasonOf(run)}`.trim();
}

function describe({ id, startedAt, sourceBytes, files }: NewestPoint): string {
  return `${id} of ${when(startedAt)} (${formatSize(sourceBytes)}, ${count(files, "file")})`;
}

function reasonOf(run: RunRecord): string {
  return run.reason === undefined ? "" : sentence(run.reason);
}

function backupNow(job: string): string {
  return `Run \`holdfast backup ${job}\`; if it fails, \`holdfast doctor\` says why.`;
}

export function when(instant: Instant): string {
  return `${toIso(instant).slice(0, 16).replace("T", " ")} UTC`;
}

export function sentence(text: string): string {
  return /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
