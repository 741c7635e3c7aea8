/** Whether a disk can be put in another one's place on this machine, and how: whatever could mean two things is refused. */
import { sameDiskRef, type DiskRef } from "../../domain/disk-snapshot.ts";
import { devicePath, type DiskSwap, type ZonalName } from "../../domain/disk-swap.ts";
import { HoldfastError } from "../../domain/errors.ts";
import type { HostDisk } from "../../ports/host-mounts.ts";
import type { AttachedDisk, MachineRef, SnapshotProvider } from "../../ports/snapshot-provider.ts";

/** What a volume of these needs is one device: those of others may be on several, and are known to the kernel beyond a mount. */
const FILE_SYSTEMS: readonly string[] = ["ext2", "ext3", "ext4", "xfs"];

export interface SwapQuestion {
  /** What the disk is put in the place of. */
  old: DiskRef;
  /** The name of the new one. */
  name: string;
  /** Its snapshots are encrypted with a key that nobody keeps but the user. */
  hasRawKey: boolean;
  cloud: SnapshotProvider;
  /** Of the disks; undefined: this machine's. */
  project: string | undefined;
  signal: AbortSignal;
}

/** A swap as far as the cloud knows of it. */
export type SwapInCloud = Omit<DiskSwap, "mount"> & { project: string };

/** Throws `refused` with one sentence for the first thing that stands in the way. */
export async function examineInCloud(question: SwapQuestion): Promise<SwapInCloud> {
  const { old, name, cloud, signal } = question;
  const refuse = (why: string, next: string) => refusal(question, why, next);
  if ("region" in old)
    throw refuse("it is a regional disk", "make a disk with --to-disk, and swap it by hand");
  if (question.hasRawKey)
    throw refuse("it is encrypted by a key of your own", "make a disk with --to-disk, and swap it by hand");
  if (name === old.name) throw refuse("the new disk has the name of the old one", "choose another name");
  const self = await cloud.machines.self(signal);
  if (self === undefined)
    throw refuse("this is no machine of Google Cloud", "run it on the machine that the disk is attached to");
  if ((question.project ?? self.project) !== self.project)
    throw refuse(
      `it is in the project ${question.project}, and this machine in ${self.project}`,
      "swap it by hand",
    );
  const machine = { zone: self.zone, name: self.name };
  const { disks } = await cloud.machines.describe(machine, signal);
  const attached = disks.find(({ disk }) => sameDiskRef(disk, old));
  if (attached === undefined) throw refuse(...notAttached(machine));
  await assertOwn(attached, { ...question, old }, machine);
  const { deviceName, readOnly } = attached;
  const { project } = self;
  return { machine, deviceName, readOnly, project, old, fresh: { zone: old.zone, name } };
}

function notAttached({ name }: MachineRef): [why: string, next: string] {
  return [
    `it is not attached to this machine, ${name}`,
    "run it on the machine that it is attached to, or make a disk and --attach it",
  ];
}

async function assertOwn(
  { boot }: AttachedDisk,
  question: SwapQuestion & { old: ZonalName },
  machine: MachineRef,
): Promise<void> {
  const { old, cloud, signal } = question;
  if (boot)
    throw refusal(
      question,
      "the machine has booted from it",
      "make the machine again: `holdfast gce runbook`",
    );
  const { users = [] } = (await cloud.disks.find(old, signal)) ?? {};
  const others = users.filter(({ name, zone }) => name !== machine.name || zone !== machine.zone);
  if (others.length > 0) {
    const names = others.map(({ name }) => name).join(", ");
    throw refusal(question, `it is attached to ${names}, too`, "detach it there first");
  }
}

/** How it is mounted. Throws `refused` unless that is in one way, and as a whole. Says nothing of who uses it. */
export function examineMounts(
  { old, fresh, deviceName }: SwapInCloud,
  disk: HostDisk | undefined,
): DiskSwap["mount"] {
  const refuse = (why: string, next: string) => refusal({ old, name: fresh.name }, why, next);
  if (disk === undefined)
    throw refuse(
      `the machine has no ${devicePath(deviceName)}`,
      "swap it by hand, with --dry-run's commands",
    );
  const [only, ...others] = disk.mounts;
  if (disk.madeOfIt.length > 0)
    throw refuse(
      `${disk.madeOfIt.join(", ")} is made of it`,
      "swap it by hand: what a volume manager knows of it would have to be ended",
    );
  if (only === undefined) throw refuse("it is not mounted", "mount it, or make a disk and --attach it");
  if (others.length > 0) {
    const places = disk.mounts.map(({ at }) => at).join(", ");
    throw refuse(`it is mounted more than once: ${places}`, "unmount all but one");
  }
  if (only.root !== "/")
    throw refuse(`only ${only.root} of it is mounted, on ${only.at}`, "mount it as a whole");
  if (!FILE_SYSTEMS.includes(only.type))
    throw refuse(`its file system is ${only.type}`, `only ${FILE_SYSTEMS.join(", ")} are swapped`);
  if (disk.holdsEngine)
    throw refuse("the container engine keeps its files on it", "swap it by hand, with the engine stopped");
  const { source, at, type, options } = only;
  return { source, at, type, options };
}

export function refusal(
  { old, name }: Pick<SwapQuestion, "old" | "name">,
  why: string,
  next: string,
): HoldfastError {
  return new HoldfastError("refused", { what: `Putting ${name} in the place of ${old.name}`, why, next });
}
