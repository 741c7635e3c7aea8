/** The use cases over snapshots of disks, in a cloud and a store in memory: what a test of a gce-disk job begins with. */
import { backupJob } from "../../src/app/backup-job.ts";
import type { Job } from "../../src/domain/job.ts";
import { createGceDiskSource } from "../../src/sources/gce-disk/gce-disk-source.ts";
import { GceDiskOptions } from "../../src/sources/gce-disk/options.ts";
import { MemoryStore } from "../../src/stores/memory/memory-store.ts";
import { diskPoints, type SnapshotJobs } from "../../src/stores/snapshots/snapshot-folders.ts";
import { SnapshotStore } from "../../src/stores/snapshots/snapshot-store.ts";
import { appWorkshop, STACK, testJob } from "./app-workshop.ts";
import { MemorySnapshotProvider } from "./memory-snapshot-provider.ts";

export const ZONE = "europe-north1-a";
export const TOOL = { name: "holdfast", version: "1.2.3" };

export function snapshotWorkshop({
  source = { disks: ["data-disk", "home-disk"], zone: ZONE },
  jobs = { taken: ["disk"], observed: {} },
}: { source?: object; jobs?: SnapshotJobs } = {}) {
  const shop = appWorkshop();
  const { clock, context } = shop;
  const cloud = new MemorySnapshotProvider(clock);
  const provider = async () => cloud;
  const companion = new MemoryStore({ name: "gce", clock });
  const storeOn = (kept: MemoryStore) =>
    new SnapshotStore({
      ...{ name: "gce", kind: "gce-disk", holds: "snapshots of disks", stack: STACK, companion: kept, clock },
      isObserved: (name) => Object.hasOwn(jobs.observed, name),
      points: async () => diskPoints(cloud, { stack: STACK, jobs, tool: TOOL }),
    });
  const store = storeOn(companion);
  const options = GceDiskOptions.parse({ kind: "gce-disk", ...source });
  const job: Job = testJob({ name: "disk", sourceKind: "gce-disk", stores: ["gce"], encryption: "off" });
  const { signal } = new AbortController();
  return {
    ...shop,
    ...{ cloud, provider, companion, store, job, signal },
    /** Another machine, or this one after it lost its state. */
    elsewhere: () => storeOn(new MemoryStore({ name: "gce", clock })),
    backUp: (overrides: Partial<Job> = {}, stop: AbortSignal = signal) =>
      backupJob(context, {
        job: { ...job, ...overrides },
        source: createGceDiskSource(options, { provider, clock }),
        ...{ stores: [store], trigger: "schedule", signal: stop },
      }),
    points: async () =>
      (await context.catalog.listPoints(store, { stack: STACK, job: "disk", signal })).points,
    problems: async () =>
      (await context.catalog.listPoints(store, { stack: STACK, job: "disk", signal })).problems,
  };
}
