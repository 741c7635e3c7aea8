/** Tries everything a backup and a restore will need, without touching a recovery point: what `holdfast doctor` prints. */
import { messageOf } from "../domain/errors.ts";
import { formatDuration, formatSize } from "../domain/human-text.ts";
import { MINUTE, type Milliseconds } from "../domain/instant.ts";
import type { Source } from "../ports/source.ts";
import type { Store, StoredObject } from "../ports/store.ts";
import type { AppContext } from "./app-context.ts";
import type { CatalogListing } from "./catalog.ts";
import { probeStore, type Probe } from "./probe-store.ts";
import { lowBytesOf, type DiskLowLimits } from "./disk-low.ts";
import { isLow, roomFor } from "./store-room.ts";

export interface Finding {
  /** What was looked at: `store local`, `source of job data`. */
  about: string;
  verdict: "ok" | "warning" | "failed";
  /** One sentence; with the next step, when it is not ok. */
  message: string;
}

/** The store's clock may differ this much from ours before schedules and locks are in danger of being misread. */
const CLOCK_TOLERANCE: Milliseconds = 2 * MINUTE;

export async function inspectSource(job: string, source: Source, signal: AbortSignal): Promise<Finding[]> {
  const about = `source of job ${job}`;
  try {
    const warnings = await source.inspect(signal);
    const remarks = await remarksOn(about, source, signal);
    const found = warnings.map((message): Finding => ({ about, verdict: "warning", message }));
    if (found.length > 0) return [...found, ...remarks];
    return [{ about, verdict: "ok", message: "It is there and can be read." }, ...remarks];
  } catch (error) {
    return [{ about, verdict: "failed", message: messageOf(error) }];
  }
}

async function remarksOn(about: string, source: Source, signal: AbortSignal): Promise<Finding[]> {
  try {
    const remarks = (await source.remarks?.(signal)) ?? [];
    return remarks.map((message) => ({ about, verdict: "ok", message }));
  } catch (error) {
    return [{ about, verdict: "warning", message: messageOf(error) }];
  }
}

/** What a store is expected to hold, and how full it may be. */
export interface StoreUse {
  /** Names of the jobs that go to it. */
  jobs: readonly string[];
  diskLow: DiskLowLimits;
  /** Another Holdfast removes points, so this one's identity need not be able to. */
  isPrunedElsewhere: boolean;
}

interface StoreInspection {
  use: StoreUse;
  signal: AbortSignal;
}

/** Writes, reads back, lists and deletes a small object beside the jobs, reads the catalog, and asks how it is set up. */
export async function inspectStore(
  context: AppContext,
  store: Store,
  inspection: StoreInspection,
): Promise<Finding[]> {
  const tried = await tryStore(context, store, inspection);
  return [...tried, ...(await setUpFindings(store, tried, inspection))];
}

/** What the store itself says: where it could not be tried, this may name all of what is missing, not only the first. */
async function setUpFindings(
  store: Store,
  tried: readonly Finding[],
  { signal }: StoreInspection,
): Promise<Finding[]> {
  const about = `store ${store.name}`;
  try {
    const sentences = (await store.inspect?.({ signal })) ?? [];
    return sentences.map((message) => ({ about, verdict: "warning", message }));
  } catch (error) {
    const hasFailed = tried.some(({ verdict }) => verdict === "failed");
    return hasFailed ? [] : [{ about, verdict: "warning", message: messageOf(error) }];
  }
}

async function tryStore(
  context: AppContext,
  store: Store,
  { use, signal }: StoreInspection,
): Promise<Finding[]> {
  const about = `store ${store.name}`;
  try {
    const probe = await probeStore(context, store, signal);
    const listing = await context.catalog.listPoints(store, { stack: context.stack, signal });
    return [
      probeFinding(about, probe, use),
      clockFinding(context, about, probe.stored),
      ...(await spaceFindings(about, store, listing, use)),
      ...catalogFindings(context, about, listing),
    ];
  } catch (error) {
    return [{ about, verdict: "failed", message: messageOf(error) }];
  }
}

const DOES = "It takes an object, no second one of its name, gives it back, whole and in part,";

function probeFinding(
  about: string,
  { keptBecause, refused }: Probe,
  { isPrunedElsewhere }: StoreUse,
): Finding {
  if (keptBecause !== undefined) {
    const message = `${DOES} and lists it, but does not delete it: ${keptBecause}. Points that retention lets go of stay there until then.`;
    return { about, verdict: "warning", message };
  }
  if (refused === undefined) return { about, verdict: "ok", message: `${DOES} lists it and deletes it.` };
  if (!isPrunedElsewhere) throw refused;
  const message = `${DOES} and lists it; another identity deletes, which also removes what this look left.`;
  return { about, verdict: "ok", message };
}

function clockFinding({ clock }: AppContext, about: string, { modifiedAt }: StoredObject): Finding {
  const skew = Math.abs(clock.now() - modifiedAt);
  if (skew <= CLOCK_TOLERANCE) return { about, verdict: "ok", message: "Its clock agrees with ours." };
  const message = `Its clock and ours are ${formatDuration(skew)} apart: set the clock of this machine by NTP.`;
  return { about, verdict: "warning", message };
}

/** By the rule of the alert `disk-low`, so that the two never disagree. */
async function spaceFindings(
  about: string,
  store: Store,
  { points }: CatalogListing,
  { jobs, diskLow }: StoreUse,
): Promise<Finding[]> {
  const space = await store.space();
  if (space === undefined) return [];
  const free = `${formatSize(space.freeBytes)} of ${formatSize(space.totalBytes)} are free`;
  const newest = jobs.map((job) => points.find((point) => point.job === job)?.record.totals.storedBytes ?? 0);
  const room = roomFor({ ...space, lowBytes: lowBytesOf(space.totalBytes, diskLow) }, newest);
  if (room === undefined || !isLow(room, false)) return [{ about, verdict: "ok", message: `${free}.` }];
  const why =
    room.free < room.nextRound
      ? `one more point of every job takes about ${formatSize(room.nextRound)}`
      : `less than ${formatSize(room.low)} counts as low (\`alerts.diskLow\`)`;
  const message = `${free}, and ${why}: keep less, or make the disk larger.`;
  return [{ about, verdict: "warning", message }];
}

function catalogFindings(
  { stack }: AppContext,
  about: string,
  { points, problems }: CatalogListing,
): Finding[] {
  const unusable = problems.map(({ message }): Finding => ({ about, verdict: "warning", message }));
  const damaged = points.filter(({ lastProof }) => lastProof?.outcome === "failed");
  return [
    { about, verdict: "ok", message: `It holds ${points.length} recovery points of stack ${stack}.` },
    ...unusable,
    ...damaged.map(({ job, id }): Finding => {
      return {
        about,
        verdict: "warning",
        message: `Point ${id} of job ${job} failed its last proof: see \`holdfast show ${id}\`.`,
      };
    }),
  ];
}
