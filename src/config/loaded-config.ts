/** The config as the rest of the program takes it: complete, checked, in types of the domain. Nothing in it is text to parse. */
import type { z } from "zod";
import type { ChannelRules } from "../domain/channel-rules.ts";
import type { Milliseconds } from "../domain/instant.ts";
import type { Schedule } from "../domain/schedule.ts";
import type { Job } from "../domain/job.ts";
import type { StackDrillPolicy } from "../domain/stack-drill.ts";
import type { StackOptions } from "../sources/stack/options.ts";
import type { EncryptionOptions } from "./encryption.ts";
import type { ChannelOptions, ConfigFile, SourceOptions, StoreOptions } from "./schema.ts";
import type { ManagedStoreConfig } from "./managed-stores.ts";
import type { SnapshotStoreConfig } from "./snapshot-stores.ts";
import type { ListenAddress } from "./values.ts";

export interface LoadedConfig {
  stack: string;
  /** Whether anything says so: the file, the environment or the Compose project. */
  isNamed: boolean;
  /** The Compose project whose services are the stack's. */
  project: string;
  /** IANA zone of everything that does not name its own. */
  timezone: string;
  /** In the order of the file. Empty only where a cloud keeps every point. */
  stores: readonly ConfiguredStore[];
  /** Of points that are snapshots of disks. */
  snapshotStores: readonly SnapshotStoreConfig[];
  /** Of points that are managed backups. */
  managedStores: readonly ManagedStoreConfig[];
  /** In the order of the file; empty only when that was asked for. */
  jobs: readonly ConfiguredJob[];
  /** Those that stand for one of each volume of the stack: what they are named does not matter. */
  stackJobs: readonly StackJob[];
  /** The jobs are made of the directories that there are, not named in the file. */
  isDiscovered: boolean;
  /** Undefined: nothing is encrypted. */
  encryption: EncryptionOptions | undefined;
  alerts: {
    repeatEvery: Milliseconds;
    channels: readonly ConfiguredChannel[];
    /** A disk is low when less than this is free: either limit, where both are given. */
    diskLow: { percent?: number; bytes?: number };
  };
  http: {
    /** False: no server. */
    listen: ListenAddress | false;
    /** Undefined: nothing can be started over HTTP. */
    token: string | undefined;
  };
  /** Where a command that makes backups leaves its metrics. */
  metrics: z.infer<typeof ConfigFile>["metrics"];
  /** Who releases held services when this process and its container are gone; false: nobody until the next start. */
  guard: { after: Milliseconds } | false;
  /** How the whole stack is drilled. */
  stackDrill: StackDrillPolicy;
  /** The config and the Compose files are backed up, too. */
  keepsConfig: boolean;
  /** How often people are to rehearse a recovery; undefined: nobody is reminded. */
  gameday: { every: Milliseconds | undefined };
  /** Address of the container engine, as in DOCKER_HOST. */
  engine: string;
  stateDirectory: string;
  /** For copies of databases, until they are archived. */
  scratchDirectory: string;
  /** Jobs of this stack that may run at once. */
  concurrency: number;
  /** How long a run waits for a lock that a living process holds. */
  lockWait: Milliseconds;
  log: z.infer<typeof ConfigFile>["log"];
  /** Path of the config file, or `no file`. */
  origin: string;
  /** The config file that somebody named; undefined: the one at the default path, if there is one. */
  configFile: string | undefined;
}

export interface ConfiguredStore {
  name: string;
  options: StoreOptions;
}

export interface ConfiguredChannel {
  name: string;
  options: ChannelOptions;
  rules: ChannelRules;
  /** When it is told how everything stands; undefined: never. */
  digest: Schedule | undefined;
}

export interface ConfiguredJob {
  job: Job;
  source: SourceOptions;
  /** It was there once, with points, and its directory or its volume is gone. */
  isVanished?: boolean;
}

/** The directory of this machine that a source is; undefined where it is known by a name only. */
export function directoryOf(source: SourceOptions): string | undefined {
  return source.kind === "volume" ? source.path : undefined;
}

export interface StackJob {
  job: Job;
  source: StackOptions;
}

export const NO_FILE = "no file";
