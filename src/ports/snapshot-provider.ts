/**
 * Snapshots of cloud disks, the disks that are made of them, the machine they are attached to, and the provider's own schedules.
 * One project of one cloud. Policy (retention, freshness, what is quiesced, when a point is committed) lives above it.
 *
 * What every adapter guarantees, held by test/contract/snapshot-provider-contract.ts:
 * - Whatever changes something has an intention of its own, from which its names and request ids follow. Doing the same again,
 *   also from another process and after answers that were lost, never makes a second snapshot or disk.
 * - Passing troubles are waited out inside, each call within a time of its own; one that is thrown with `transient` may be
 *   tried again as it was. Waiting ends at once with the signal; what the provider was told to do goes on nevertheless.
 * - Nothing is changed or deleted but what bears our labels, which are looked at again right before.
 * - Errors are HoldfastErrors: `not-found`, `already-exists` (the name is taken by something that is not ours), `retained` (in
 *   use: it cannot be deleted now), `refused` (not ours, or not what it should be), `timeout`, `cancelled`, `unsupported`, and
 *   `store` for everything else, which names the permission or the setting to change.
 */
import type { DiskRef, DiskSnapshot, SnapshotMark } from "../domain/disk-snapshot.ts";
import type { Instant, Milliseconds } from "../domain/instant.ts";

export interface SnapshotProvider {
  /** `gce` */
  readonly kind: string;
  readonly snapshots: PointSnapshots;
  readonly disks: CloudDisks;
  readonly machines: CloudMachines;
  readonly schedules: SnapshotSchedules;
  /**
   * What is missing for these uses, asked for without changing anything; empty where all is well. What cannot be found out is
   * not missing, and stands in `unknown` with a reason.
   */
  inspect(request: InspectRequest, signal: AbortSignal): Promise<Inspection>;
}

export interface PointOfJob {
  stack: string;
  job: string;
  /** Id of the recovery point. */
  point: string;
}

export interface PointSnapshots {
  /**
   * From when on the provider's limits let every one of the disks be snapshotted: now or earlier where nothing stands in the
   * way. To be asked before anything is held.
   */
  possibleFrom(disks: readonly DiskRef[], signal: AbortSignal): Promise<Instant>;
  /**
   * Resolves once the moment of every snapshot is fixed: what is written from then on is in none of them, and whatever was held
   * may go on. They are of use only once `awaitReady` has resolved and they are marked `committed`. Throws when one of
   * them cannot be made; the others may exist then, or come into being later: `remove` the point.
   */
  create(request: SnapshotRequest, signal: AbortSignal): Promise<void>;
  /** The set's snapshots once all of them are ready; throws `store` as soon as one has failed or is gone. */
  awaitReady(
    set: PointOfJob & { disks: number },
    options: { timeout: Milliseconds; signal: AbortSignal },
  ): Promise<DiskSnapshot[]>;
  /** Sets (or, with undefined, takes away) marks on every snapshot of the point. Other labels stay as they are. */
  mark(
    point: PointOfJob,
    marks: Readonly<Partial<Record<SnapshotMark, Instant | undefined>>>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * All of ours of the stack, of one job where one is given, in no order and whatever their status: `snapshotSets` makes points of
   * them. A listing that cannot be completed throws.
   */
  list(scope: { stack: string; job?: string | undefined }, signal: AbortSignal): Promise<DiskSnapshot[]>;
  /** Those that a schedule of the provider has made, of these disks only where some are given. */
  listScheduled(
    scope: { schedule: string; disks?: readonly DiskRef[] | undefined },
    signal: AbortSignal,
  ): Promise<DiskSnapshot[]>;
  /** As `names` holds a stack's or a job's name in `DiskSnapshot.ours`. */
  labelOf(name: string): string;
  /**
   * Deletes every snapshot of the point, whatever its status; what is gone already is done already. Resolves once all are gone.
   * Says how many there were. Throws `retained` for what something is being made of.
   */
  remove(point: PointOfJob, signal: AbortSignal): Promise<number>;
}

export interface SnapshotRequest extends PointOfJob {
  disks: readonly (DiskRef & {
    /** Of a disk that is encrypted by a key of the customer's. */
    key?: DiskKey | undefined;
  })[];
  /** Where they are kept: a region or a multi-region; the provider's choice without it. */
  location?: string | undefined;
  tier: "standard" | "archive";
  /** Asks the guest's agent to flush what applications hold: of zonal disks only. */
  guestFlush: boolean;
  description?: string | undefined;
  /** What the snapshots are encrypted with; the provider's own keys without it. */
  key?: DiskKey | undefined;
}

/** A key of the provider's key service by its resource name, or 32 bytes as base64, which the provider does not keep. */
export type DiskKey = { kmsKeyName: string } | { rawKey: string };

export interface CloudDisks {
  /** Undefined where there is none. */
  find(disk: DiskRef, signal: AbortSignal): Promise<CloudDisk | undefined>;
  /** Resolves once it can be attached. Throws `already-exists` where the name is taken by a disk of another intention. */
  create(request: NewDisk, signal: AbortSignal): Promise<CloudDisk>;
  /** Resolves once the machine sees it. Throws `refused` where the device name or the disk is in other use. */
  attach(request: Attachment, signal: AbortSignal): Promise<void>;
  /** What is not attached is detached already. Throws `refused` for the disk that the machine has booted from. */
  detach(request: { machine: MachineRef; disk: DiskRef }, signal: AbortSignal): Promise<void>;
  /** Those that drills of the stack have made and not deleted. */
  drillDisks(stack: string, signal: AbortSignal): Promise<CloudDisk[]>;
  /** Deletes a disk that a drill of the stack has made. Throws `refused` for any other, `retained` while it is attached. */
  removeDrillDisk(disk: DiskRef, stack: string, signal: AbortSignal): Promise<void>;
}

export interface CloudDisk {
  disk: DiskRef;
  id: string;
  /** `pd-balanced` */
  type: string;
  bytes: number;
  createdAt: Instant;
  labels: Readonly<Record<string, string>>;
  /** The machines it is attached to. */
  users: readonly MachineRef[];
  /** Names of the schedules that make snapshots of it. */
  schedules: readonly string[];
  /** Of the key that it is encrypted with, where that is one of the customer's. */
  kmsKeyName: string | undefined;
}

export interface NewDisk extends PointOfJob {
  disk: DiskRef;
  /** Name of the snapshot that it is made of. */
  snapshot: string;
  /** The same for every attempt at one intention, another one for the next: an id of the run. */
  intention: string;
  type?: string | undefined;
  /** At least that of the snapshot, which is the default. */
  bytes?: number | undefined;
  /** The two zones of a regional disk. */
  replicaZones?: readonly string[] | undefined;
  /** It is deleted by `removeDrillDisk`. */
  forDrill: boolean;
  /** What the snapshot is encrypted with. */
  snapshotKey?: DiskKey | undefined;
  key?: DiskKey | undefined;
}

export interface MachineRef {
  zone: string;
  name: string;
}

export interface Attachment {
  machine: MachineRef;
  disk: DiskRef;
  /** The machine sees it as `/dev/disk/by-id/google-<deviceName>`. */
  deviceName: string;
  readOnly: boolean;
}

export interface CloudMachines {
  /** The machine that this process runs on; undefined where it runs on none of the provider's. */
  self(signal: AbortSignal): Promise<SelfMachine | undefined>;
  describe(machine: MachineRef, signal: AbortSignal): Promise<CloudMachine>;
  /**
   * The disks of this machine that the file system of a path is on. Throws `refused` where that cannot be told for certain,
   * with what to name instead.
   */
  disksBehind(path: string, signal: AbortSignal): Promise<AttachedDisk[]>;
  /** Resolves once nothing that anybody has begun to do to the machine is under way any more; how it ended is nothing of ours. */
  awaitQuiet(machine: MachineRef, signal: AbortSignal): Promise<void>;
}

export interface SelfMachine extends MachineRef {
  project: string;
}

/** What is needed to make one like it. */
export interface CloudMachine {
  machine: MachineRef;
  /** `e2-standard-4` */
  machineType: string;
  status: string;
  /** `projects/debian-cloud/global/images/…`, where the boot disk was made of one. */
  image: string | undefined;
  tags: readonly string[];
  labels: Readonly<Record<string, string>>;
  networks: readonly MachineNetwork[];
  serviceAccounts: readonly { email: string; scopes: readonly string[] }[];
  disks: readonly AttachedDisk[];
  deletionProtection: boolean;
}

export interface MachineNetwork {
  network: string;
  subnetwork: string | undefined;
  internalIp: string | undefined;
  externalIp: string | undefined;
}

export interface AttachedDisk {
  disk: DiskRef;
  deviceName: string;
  boot: boolean;
  readOnly: boolean;
  /** It is deleted with the machine. */
  autoDelete: boolean;
  bytes: number;
}

/** Schedules by which the provider itself makes snapshots. */
export interface SnapshotSchedules {
  /** What would have to be done; changes nothing. */
  plan(wanted: WantedSchedule, signal: AbortSignal): Promise<SchedulePlan>;
  /** Does it. What has become true meanwhile is done already. */
  apply(plan: SchedulePlan, signal: AbortSignal): Promise<void>;
}

export interface WantedSchedule {
  name: string;
  region: string;
  /** UTC, on the hour: `04:00`. */
  dailyAt: string;
  keepDays: number;
  /** What becomes of its snapshots when their disk is deleted. */
  afterDiskDelete: "keep" | "delete-in-time";
  location?: string | undefined;
  guestFlush?: boolean | undefined;
  /** To be attached to these; it stays attached to others. */
  disks: readonly DiskRef[];
}

export interface SchedulePlan {
  wanted: WantedSchedule;
  change: "create" | "update" | "none";
  /** One for each thing that is not as wanted, of a schedule that exists. */
  differences: readonly { what: string; is: string; wanted: string }[];
  /** Disks that it is not attached to yet. */
  attach: readonly DiskRef[];
  /** Sentences on what stays as it is and may not be meant so: another schedule on a disk. */
  notes: readonly string[];
}

/** What an identity is used for. */
export type SnapshotUse = "backup" | "prune" | "observe" | "restore" | "replace" | "drill" | "schedule";

export interface InspectRequest {
  uses: readonly SnapshotUse[];
  disks: readonly DiskRef[];
}

export interface Inspection {
  missing: readonly MissingPermission[];
  /** Sentences. */
  unknown: readonly string[];
}

export interface MissingPermission {
  /** `compute.disks.createSnapshot` */
  permission: string;
  /** `the disk data-disk`, `the project acme`. */
  on: string;
  uses: readonly SnapshotUse[];
}
