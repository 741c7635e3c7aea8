/** Wires jobs whose points are snapshots of disks: what asks the cloud is loaded only once one of them is looked at. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ownEnvironment } from "../config/load.ts";
import type { LoadedConfig } from "../config/loaded-config.ts";
import { isDiskSnapshots, type SnapshotStoreConfig } from "../config/snapshot-stores.ts";
import type { DiskRef } from "../domain/disk-snapshot.ts";
import { GCE_DISK } from "../domain/snapshot-facts.ts";
import type { Clock } from "../ports/clock.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { DiskKey, SnapshotProvider } from "../ports/snapshot-provider.ts";
import type { Store } from "../ports/store.ts";
import { diskKey, disksOf, namedDisks } from "../sources/gce-disk/disks-of.ts";
import type { GceDiskOptions } from "../sources/gce-disk/options.ts";
import { LocalStore } from "../stores/local/local-store.ts";
import { MemoryStore } from "../stores/memory/memory-store.ts";
import { diskPoints, type SnapshotJobs } from "../stores/snapshots/snapshot-folders.ts";
import { SnapshotStore } from "../stores/snapshots/snapshot-store.ts";

export interface SnapshotPlace {
  store: Store;
  provider: () => Promise<SnapshotProvider>;
}

export interface CloudSurroundings {
  clock: Clock;
  random: () => number;
  processes: ProcessTable;
  tool: { name: string; version: string };
}

/** By the names of their stores. */
export function createSnapshotPlaces(
  config: LoadedConfig,
  around: CloudSurroundings,
): ReadonlyMap<string, SnapshotPlace> {
  const { stack, snapshotStores } = config;
  const { clock, tool } = around;
  return new Map(
    snapshotStores.map((of) => {
      const provider = once(() => loadProvider(of, around));
      const companion = openCompanion(config.stateDirectory, of.name, around);
      const jobs = jobsIn(config, of.name);
      const store = new SnapshotStore({
        ...{ name: of.name, kind: GCE_DISK, holds: "snapshots of disks", stack, companion, clock },
        isObserved: (job) => Object.hasOwn(jobs.observed, job),
        points: async () => diskPoints(await provider(), { stack, jobs, tool }),
      });
      return [of.name, { store, provider }];
    }),
  );
}

export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return async () => {
    loaded ??= load();
    try {
      return await loaded;
    } catch (error) {
      loaded = undefined;
      throw error;
    }
  };
}

async function loadProvider(
  { connection }: SnapshotStoreConfig,
  { clock, random }: CloudSurroundings,
): Promise<SnapshotProvider> {
  const { GceProvider } = await import("../snapshots/gce/gce-provider.ts");
  return new GceProvider(connection, { clock, random, env: ownEnvironment() });
}

/** In the state directory; where that cannot be used, what only a process needs to know is in its memory. */
export function openCompanion(state: string, name: string, { clock, processes }: CloudSurroundings): Store {
  const path = join(state, "snapshots", name);
  try {
    mkdirSync(path, { recursive: true });
    return new LocalStore({ name, path, processes });
  } catch {
    return new MemoryStore({ name, clock });
  }
}

function jobsIn({ jobs }: LoadedConfig, store: string): SnapshotJobs {
  const ofStore = jobs.filter(({ job }) => job.stores.includes(store));
  const taken = ofStore.filter(({ job }) => job.isObserved !== true).map(({ job }) => job.name);
  const observed = ofStore.flatMap(({ job, source }) => {
    if (!isDiskSnapshots(source) || source.observe === undefined) return [];
    const disks = (namedDisks(source) ?? []).map(({ key: _key, ...disk }) => disk);
    return [[job.name, { schedule: source.observe.resourcePolicy, disks }] as const];
  });
  return { taken, observed: Object.fromEntries(observed) };
}

/** What the job's snapshots are encrypted with, where that is a key of the user's own: a disk is made of them with it only. */
export function snapshotKeyOf({ jobs }: LoadedConfig, job: string): DiskKey | undefined {
  const source = jobs.find((configured) => configured.job.name === job)?.source;
  return source !== undefined && isDiskSnapshots(source) ? diskKey(source.key) : undefined;
}

/** A job of the config whose points are snapshots of disks. */
export interface DiskJob {
  name: string;
  source: GceDiskOptions;
  place: SnapshotPlace;
}

export function diskJobs({
  config,
  snapshotPlaces,
}: {
  config: LoadedConfig;
  snapshotPlaces: ReadonlyMap<string, SnapshotPlace>;
}): DiskJob[] {
  return config.jobs.flatMap(({ job, source }) => {
    const place = snapshotPlaces.get(job.stores[0] ?? "");
    if (!isDiskSnapshots(source) || place === undefined) return [];
    return [{ name: job.name, source, place }];
  });
}

/** Throws where the machine has none, or nobody can tell which ones are meant. */
export async function disksOfJob(
  { source, place }: DiskJob,
  signal: AbortSignal,
): Promise<{ provider: SnapshotProvider; disks: DiskRef[] }> {
  const provider = await place.provider();
  const disks = await disksOf(source, provider.machines, signal);
  return { provider, disks: disks.map(({ key: _key, ...disk }) => disk) };
}
