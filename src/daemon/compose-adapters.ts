/** From the options of a kind to its adapter, whose code is loaded only where a config has one of that kind: most commands need little of it. */
import { ownEnvironment } from "../config/load.ts";
import type { SourceOptions, StoreOptions } from "../config/schema.ts";
import { HoldfastError } from "../domain/errors.ts";
import { DockerCopyEngine } from "../docker/docker-copy-engine.ts";
import { DockerRuntime } from "../docker/docker-runtime.ts";
import { ownContainerTraces } from "../observability/own-container.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContainerRuntime } from "../ports/container-runtime.ts";
import type { CopyEngine } from "../ports/copy-engine.ts";
import type { DumpRestorer } from "../ports/dump-restorer.ts";
import type { ProcessTable } from "../ports/process-identity.ts";
import type { ManagedBackups } from "../ports/managed-backups.ts";
import type { SnapshotProvider } from "../ports/snapshot-provider.ts";
import type { Source } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { StackContext } from "../dump/service-place.ts";
import type { NamedVolumeContext } from "../sources/volume/named-volume.ts";
import type { DirectoryOptions, VolumeOptions } from "../sources/volume/options.ts";
import type { StoreDuty } from "../stores/gcs/rights.ts";
import type { DatabaseSurroundings } from "./compose-directory.ts";

export interface StoreSurroundings {
  clock: Clock;
  random: () => number;
  processes: ProcessTable;
}

export async function createStore(
  name: string,
  options: StoreOptions,
  around: StoreSurroundings,
): Promise<Store> {
  const pruner = prunerOf(options);
  if (pruner === undefined) {
    return storeOf(name, options, options.pruning === "elsewhere" ? "adds" : "all", around);
  }
  const { withPruneIdentity } = await import("../stores/with-prune-identity.ts");
  return withPruneIdentity(
    await storeOf(name, options, "adds", around),
    await storeOf(name, pruner, "removes", around),
  );
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

async function storeOf(
  name: string,
  options: StoreOptions,
  duty: StoreDuty,
  around: StoreSurroundings,
): Promise<Store> {
  const { clock, random, processes } = around;
  switch (options.kind) {
    case "local": {
      const { LocalStore } = await import("../stores/local/local-store.ts");
      return new LocalStore({ name, path: options.path, processes });
    }
    case "gcs": {
      const { GcsStore } = await import("../stores/gcs/gcs-store.ts");
      const env = ownEnvironment();
      return readInParallel(new GcsStore(options, { name, clock, random, env, duty }), around);
    }
    case "s3": {
      const { S3Store } = await import("../stores/s3/s3-store.ts");
      return readInParallel(new S3Store({ name, options, clock, random }), around);
    }
    case "rclone": {
      const { RcloneStore } = await import("../stores/rclone/rclone-store.ts");
      return new RcloneStore({ ...options, name, clock, processes, environment: ownEnvironment() });
    }
  }
}

async function readInParallel(store: Store, { clock, random }: StoreSurroundings): Promise<Store> {
  const { withParallelReads } = await import("../stores/with-parallel-reads.ts");
  return withParallelReads(store, { clock, random });
}

const DUMPS = new Set<SourceOptions["kind"]>(["postgres", "mysql", "redis", "mongodb", "command"]);

export interface SourceContext extends Omit<NamedVolumeContext, "directory">, DatabaseSurroundings {
  /** Of a job whose points are snapshots of disks. */
  snapshots?: (() => Promise<SnapshotProvider>) | undefined;
  /** Of a job whose points are managed backups. */
  managed?: (() => Promise<ManagedBackups>) | undefined;
  /** A directory is captured only when what a killed restore left in it has been ended. */
  settled: (source: Source, path: string) => Source;
}

export async function createSource(options: SourceOptions, context: SourceContext): Promise<Source> {
  switch (options.kind) {
    case "volume":
      return volumeSource(options, context);
    case "container":
      return (await import("../sources/container/container-source.ts")).createContainerSource(
        options,
        context,
      );
    case "gce-disk": {
      const { createGceDiskSource } = await import("../sources/gce-disk/gce-disk-source.ts");
      const { clock, snapshots } = context;
      return createGceDiskSource(options, { clock, provider: snapshots ?? noProvider });
    }
    case "cloud-sql": {
      const { createCloudSqlSource } = await import("../sources/cloud-sql/cloud-sql-source.ts");
      return createCloudSqlSource(options, { backups: context.managed ?? noProvider });
    }
    default:
      return (await import("./compose-dumps.ts")).createDump(options, context);
  }
}

async function volumeSource(
  { path, volume = "", ...choice }: VolumeOptions,
  context: SourceContext,
): Promise<Source> {
  const directory = (of: DirectoryOptions) => context.settled(directorySource(of, context), of.path);
  if (path !== undefined) return directory({ ...choice, path });
  const { createNamedVolumeSource } = await import("../sources/volume/named-volume.ts");
  return createNamedVolumeSource({ ...choice, volume }, { ...context, directory });
}

/** Loaded once it is captured or looked at: nearly every config has one, and few commands do either. */
function directorySource(options: DirectoryOptions, around: DatabaseSurroundings): Source {
  const load = async () => (await import("./compose-directory.ts")).createDirectorySource(options, around);
  return {
    kind: "volume",
    holdsItself: true,
    capture: async (request) => (await load()).capture(request),
    inspect: async (signal) => (await load()).inspect(signal),
  };
}

/** Undefined where its points are no dumps, or cannot be given back. */
export async function createDumpRestorer(
  options: SourceOptions,
  context: StackContext,
): Promise<DumpRestorer | undefined> {
  if (!DUMPS.has(options.kind)) return undefined;
  return (await import("./compose-dumps.ts")).createDumpRestorer(options, context);
}

async function noProvider(): Promise<never> {
  throw new HoldfastError("internal", { what: "Asking for snapshots", why: "the job has no provider" });
}

export function createCopyEngine(address: string): CopyEngine {
  return new DockerCopyEngine(address);
}

export function createRuntime(address: string): ContainerRuntime {
  return new DockerRuntime(address, ownContainerTraces());
}
