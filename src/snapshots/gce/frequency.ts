/** How often a disk may be snapshotted: six times in any hour. https://cloud.google.com/compute/docs/disks/snapshot-best-practices#frequency */
import type { DiskRef } from "../../domain/disk-snapshot.ts";
import { HoldfastError } from "../../domain/errors.ts";
import { HOUR, MINUTE, toIso, type Instant } from "../../domain/instant.ts";
import type { ComputeApi, Purpose } from "./compute-api.ts";
import { describeDisk, diskOfUrl, sameDisk } from "./places.ts";
import { Snapshot } from "./resources.ts";

const BURST = 6;
const BURST_TIME = HOUR;
/** What the six in an hour come to in the long run, and what is promised. */
const INTERVAL = 10 * MINUTE;

export async function possibleFrom(
  api: ComputeApi,
  disks: readonly DiskRef[],
  purpose: Purpose,
): Promise<Instant> {
  const now = api.clock.now();
  const recent = await recentSnapshots(api, purpose);
  const times = disks.map((disk) => {
    const own = recent.filter(({ of }) => of !== undefined && sameDisk(of, disk));
    const oldest = own[BURST - 1];
    return oldest === undefined ? now : oldest.at + BURST_TIME;
  });
  return Math.max(now, ...times);
}

/** The error to throw for a refusal by that limit: when the next one is possible. */
export async function explainLimit(
  api: ComputeApi,
  disk: DiskRef,
  { error, ...purpose }: Purpose & { error: unknown },
): Promise<HoldfastError> {
  const facts = { what: purpose.what, cause: error };
  const rule = "Compute Engine makes one snapshot of a disk in 10 minutes";
  const recent = await recentSnapshots(api, purpose);
  const last = recent.find(({ of }) => of !== undefined && sameDisk(of, disk));
  if (last === undefined)
    return new HoldfastError("store", { ...facts, why: rule, next: "try again in 10 minutes" });
  const next = last.at + INTERVAL;
  return new HoldfastError("store", {
    ...facts,
    why: `${rule}, and the last of ${describeDisk(disk)} is from ${toIso(last.at)}`,
    next: `the next is possible at ${toIso(next)}`,
    retryAfter: Math.max(0, next - api.clock.now()),
  });
}

/** Those of the last hour, newest first, whoever made them. */
async function recentSnapshots(
  api: ComputeApi,
  purpose: Purpose,
): Promise<{ of: DiskRef | undefined; at: Instant }[]> {
  const since = api.clock.now() - BURST_TIME;
  const recent = [];
  const listing = { ...purpose, path: "global/snapshots", query: { orderBy: "creationTimestamp desc" } };
  for await (const { sourceDisk, creationTimestamp } of api.list(listing, Snapshot)) {
    const at = Date.parse(creationTimestamp);
    if (at <= since) break;
    recent.push({ of: diskOfUrl(sourceDisk), at });
  }
  return recent;
}
