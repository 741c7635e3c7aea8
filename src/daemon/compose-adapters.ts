/** From the options of a kind to its adapter: one line a kind. */
import { ownEnvironment } from "../config/load.ts";
import type { SourceOptions, StoreOptions } from "../config/schema.ts";
import { HoldfastError } from "../domain/errors.ts";
import { DockerRuntime } from "../docker/docker-runtime.ts";
import { ownContainerTraces } from "../observability/own-container.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { ManagedBackups } from "../ports/managed-backups.ts";
import type { SnapshotProvider } from "../ports/snapshot-provider.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import { createCloudSqlSource } from "../sources/cloud-sql/cloud-sql-source.ts";
import { createContainerSource } from "../sources/container/container-source.ts";
import { createGceDiskSource } from "../sources/gce-disk/gce-disk-source.ts";
import { rulesOf } from "../sources/volume/databases/database-rule.ts";
import { duckdbDriver } from "../sources/volume/databases/duckdb-driver.ts";
import { sqliteDriver } from "../sources/volume/databases/sqlite-driver.ts";
import { createNamedVolumeSource, type NamedVolumeContext } from "../sources/volume/named-volume.ts";
import type { DirectoryOptions } from "../sources/volume/options.ts";
import { createVolumeSource } from "../sources/volume/volume-source.ts";
import { GcsStore } from "../stores/gcs/gcs-store.ts";
import type { StoreDuty } from "../stores/gcs/rights.ts";
import { createDump } from "./compose-dumps.ts";
import { LocalStore } from "../stores/local/local-store.ts";
import { S3Store } from "../stores/s3/s3-store.ts";
import { withParallelReads } from "../stores/with-parallel-reads.ts";
import { RcloneStore } from "../stores/rclone/rclone-store.ts";
import { withPruneIdentity } from "../stores/with-prune-identity.ts";

export interface StoreSurroundings {
  clock: Clock;
  random: () => number;
  processes: ProcessTable;
}

export function createStore(name: string, options: StoreOptions, around: StoreSurroundings): Store {
  const pruner = prunerOf(options);
  if (pruner === undefined) {
    return storeOf(name, options, options.pruning === "elsewhere" ? "adds" : "all", around);
  }
  return withPruneIdentity(storeOf(name, options, "adds", around), storeOf(name, pruner, "removes", around));
}

/** The same place, as the identity that deletes sees it. */
function prunerOf(options: StoreOptions): StoreOptions | undefined {
  if (options.kind !== "gcs" && options.kind !== "s3") return undefined;
  if (options.pruneCredentials === undefined) return undefined;
  if (options.kind === "gcs") return { ...options, ...options.pruneCredentials };
  const {
    accessKeyId: _id,
    secretAccessKey: _key,
    sessionToken: _token,
    profile: _profile,
    ...place
  } = options;
  return { ...place, ...options.pruneCredentials };
}

function storeOf(
  name: string,
  options: StoreOptions,
  duty: StoreDuty,
  { clock, random, processes }: StoreSurroundings,
): Store {
  switch (options.kind) {
    case "local":
      return new LocalStore({ name, path: options.path, processes });
    case "gcs":
      return withParallelReads(new GcsStore(options, { name, clock, random, env: ownEnvironment(), duty }), {
        clock,
        random,
      });
    case "s3":
      return withParallelReads(new S3Store({ name, options, clock, random }), { clock, random });
    case "rclone":
      return new RcloneStore({ ...options, name, clock, processes, environment: ownEnvironment() });
  }
}

export interface SourceContext extends Omit<NamedVolumeContext, "directory">, DatabaseSurroundings {
  /** Of a job whose points are snapshots of disks. */
  snapshots?: (() => Promise<SnapshotProvider>) | undefined;
  /** Of a job whose points are managed backups. */
  managed?: (() => Promise<ManagedBackups>) | undefined;
  /** A directory is captured only when what a killed restore left in it has been ended. */
  settled: (source: Source, path: string) => Source;
}

/** What databases in a directory are captured with. */
export interface DatabaseSurroundings {
  clock: Clock;
  random: () => number;
  processes: ProcessTable;
  /** Directory for copies of databases. */
  scratch: string;
}

export function createDirectorySource(options: DirectoryOptions, around: DatabaseSurroundings): Source {
  const rules = rulesOf(options.embeddedDatabases);
  const { clock, random, processes, scratch } = around;
  const drivers = { duckdb: duckdbDriver({ clock }), sqlite: sqliteDriver({ clock }) };
  const databases = rules && { ...rules, clock, random, processes, scratch, drivers };
  return createVolumeSource(options, { databases });
}

export function createSource(options: SourceOptions, context: SourceContext): Source {
  const directory = (of: DirectoryOptions) => context.settled(createDirectorySource(of, context), of.path);
  switch (options.kind) {
    case "volume": {
      const { path, volume, ...choice } = options;
      if (path !== undefined) return directory({ ...choice, path });
      return createNamedVolumeSource({ ...choice, volume: volume ?? "" }, { ...context, directory });
    }
    case "container":
      return createContainerSource(options, context);
    case "gce-disk": {
      const { clock, snapshots } = context;
      return createGceDiskSource(options, { clock, provider: snapshots ?? noProvider });
    }
    case "cloud-sql":
      return createCloudSqlSource(options, { backups: context.managed ?? noProvider });
    default:
      return createDump(options, context);
  }
}

async function noProvider(): Promise<never> {
  throw new HoldfastError("internal", { what: "Asking for snapshots", why: "the job has no provider" });
}

export function createRuntime(address: string): ContainerRuntime {
  return new DockerRuntime(address, ownContainerTraces());
}
