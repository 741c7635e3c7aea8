/** Wires what a drill of a job needs. */
import { diskDrill } from "../app/drill-disks.ts";
import type { PointDrill } from "../app/run-drill.ts";
import type { Store } from "../ports/store.ts";
import type { Stack } from "./compose.ts";
import { diskJobs, snapshotKeyOf } from "./compose-snapshots.ts";

export interface JobDrill {
  /** Where its points are, in the order of preference. */
  stores: readonly Store[];
  drill: PointDrill;
}

export interface DrillWishes {
  /** Of the disks that are made. */
  zone?: string | undefined;
}

/** Undefined for a job whose points cannot be drilled. */
export function drillOfJob(stack: Stack, job: string, { zone }: DrillWishes = {}): JobDrill | undefined {
  const disks = diskJobs(stack).find(({ name }) => name === job);
  if (disks === undefined) return undefined;
  const { store, provider } = disks.place;
  const snapshotKey = snapshotKeyOf(stack.config, job);
  return { stores: [store], drill: diskDrill(stack.context, { provider, zone, snapshotKey }) };
}
