/** A job: one thing backed up on one schedule, as the rest of the program sees it once the config is parsed. */
import type { DrillCheck } from "./drill-check.ts";
import type { Milliseconds } from "./instant.ts";
import type { PingTarget } from "./ping.ts";
import type { RestoreCheck } from "./restore-check.ts";
import type { RetentionPolicy } from "./retention.ts";
import type { Schedule } from "./schedule.ts";

export interface Job {
  name: string;
  /** `volume`, `postgres`, … */
  sourceKind: string;
  /** Undefined: only run by hand. */
  schedule: Schedule | undefined;
  /** IANA zone of the schedule, and of the days, weeks and months of the retention. */
  timezone: string;
  /** Names of the stores that each point goes to; never empty. */
  stores: readonly string[];
  retention: RetentionPolicy;
  /** By store: what holds there in place of `retention`; see retentionIn. */
  keepFor: Readonly<Record<string, RetentionPolicy>>;
  /** Names of the stores whose points another Holdfast prunes. */
  prunedElsewhere: readonly string[];
  freshness: FreshnessPolicy;
  retry: RetryPolicy;
  /** A run that takes longer is cancelled and failed. */
  timeout: Milliseconds;
  /** Each scheduled start is delayed by a random share of this. */
  jitter: Milliseconds;
  /** When a point has to hold everything again; undefined: each one does. */
  full: Schedule | undefined;
  /** Services that are held while the source is captured; undefined: none. */
  quiesce: QuiescePolicy | undefined;
  afterRestore: AfterRestore;
  /** Share, from 0 to 1, of the unchanged files that an incremental run reads and compares all the same. */
  recheck: number;
  verify: VerifyPolicy;
  drill: DrillPolicy;
  /** Its points are made by somebody else, and only watched: never backed up by a run, never pruned. */
  isObserved?: boolean | undefined;
  /** Who expects to hear of each of its backups. */
  ping?: PingTarget | undefined;
  /** File systems that are frozen while its points are begun, as Holdfast has them mounted. */
  freeze?: readonly string[] | undefined;
  /** Its points are not encrypted, although those of the stack are. */
  encryption?: "off" | undefined;
}

/** What is read again of what is stored. */
export interface VerifyPolicy {
  /** Undefined: only by hand. */
  schedule: Schedule | undefined;
  /** Of the job's stored bytes that each scheduled run reads: above 0; 1 is a verify of all. */
  share: number;
}

/** What is restored somewhere harmless, and looked at as its user would. */
export interface DrillPolicy {
  /** Undefined: only by hand. */
  schedule: Schedule | undefined;
  /** Age of the last drill that passed at which another one is overdue; undefined: derived from the schedule. */
  maxAge: Milliseconds | undefined;
  /** Name of the store that is restored from; undefined: each of the job's in turn. */
  from: string | undefined;
  point: "newest" | "random";
  /** Of disks: they are attached to this machine and mounted. */
  attach: boolean;
  checks: readonly DrillCheck[];
}

export interface QuiescePolicy {
  /** Pausing freezes a service where it is; stopping lets it end and write what it holds back. */
  mode: "pause" | "stop";
  /** For how much of a capture: while databases are, where there are any; or for all of it. */
  scope: "databases" | "whole";
  /** Compose services. Empty where there are only hooks. */
  services: readonly string[];
  /** How long a stopped service may take to end. Undefined: its own. */
  grace: Milliseconds | undefined;
  /** After this they are released, and the run has failed. */
  limit: Milliseconds;
  /** How long a service that was stopped may take to be healthy again. */
  healthLimit: Milliseconds;
  /** Called one after the other before the first service is held. */
  before: readonly Hook[];
  /** Called after the last service was released, whatever has happened. */
  after: readonly Hook[];
}

/** What has to be so after a restore in place. */
export interface AfterRestore {
  /** How long a service that was stopped for it may take to run and be healthy again. */
  healthLimit: Milliseconds;
  /** What else has to pass, one after the other. */
  checks: readonly RestoreCheck[];
}

/** Something of the user's own that is done around a capture. */
export interface Hook {
  call: ExecHook | HttpHook;
  timeout: Milliseconds;
  /** What a hook that fails does to the run. */
  onError: "fail" | "warn";
}

/** A command in a running container of a Compose service. */
export interface ExecHook {
  kind: "exec";
  service: string;
  command: readonly string[];
  /** Undefined: the container's own. */
  user: string | undefined;
  env: Readonly<Record<string, string>>;
}

export interface HttpHook {
  kind: "http";
  /** Like the headers, it may hold secrets. */
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

export interface FreshnessPolicy {
  /** Undefined: derived from the schedule. */
  maxAge: Milliseconds | undefined;
  /** Source bytes below which a point raises `size-below-minimum`; undefined: never. */
  minSize: number | undefined;
  /** Share, from 0 to 1, that a point may be smaller than those before it raises `size-anomaly`; undefined: never. */
  maxDrop?: number | undefined;
}

/** Attempts at one run when the error is transient. Delays double from `initialDelay` up to `maxDelay`. */
export interface RetryPolicy {
  attempts: number;
  initialDelay: Milliseconds;
  maxDelay: Milliseconds;
}
